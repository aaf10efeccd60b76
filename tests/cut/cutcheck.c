// SPDX-License-Identifier: GPL-2.0
/*
 * afar-cutcheck: are these images of all volumes a cut of what afar-load logged? See README.md.
 *
 * Which closes bound the image, if exactly the sets up to C are in it:
 *  - A close that answered X contains, in X or a set before it, each write completed before the
 *    close began. So if X <= C, all writes completed before its close-begin are in the image.
 *  - When it had answered X, X was closed, so a write submitted behind its close-end took its
 *    number in a set after X. So if X >= C, none submitted behind its close-end is in the image.
 * Writes that ran between begin and end of a close may be on either side. Of several closes the
 * latest begin and the earliest end say most. If sets beyond C may be in the image too
 * (--at-least), only the first holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"

#define MAX_VOLUMES	256
#define MAX_EXAMPLES	64
#define BUFFER		(1u << 20)

static struct {
	const char *log;
	const char *exact, *at_least;
	bool all, torn, any_order, json, quiet;
	uint64_t min_writes, max_report;
	const char *initial[MAX_VOLUMES];
	unsigned int initials;
} opt = { .max_report = 10 };

static struct cut_history history;
static struct cut_image image[MAX_VOLUMES];
static struct cut_result result;
static char *example[MAX_EXAMPLES];
static unsigned int examples;
static uint64_t checked, zeroes, named, excused;

/* The first few of each kind; all are counted. */
static void report(void *arg, enum cut_token token, const char *text)
{
	static uint64_t shown[CUT_TOKENS];

	(void)arg;
	if (shown[token]++ >= opt.max_report)
		return;
	if (!opt.json) {
		if (!opt.quiet)
			printf("violation %s %s\n", cut_token_name[token], text);
	} else if (examples < MAX_EXAMPLES) {
		if (asprintf(&example[examples], "%s %s", cut_token_name[token], text) > 0)
			examples++;
	}
}

struct source {
	const char *path;
	int fd;
	uint64_t bytes;
	uint8_t *buffer;
};

static int source_open(struct source *s, const char *path)
{
	struct stat st;
	void *buffer;

	s->path = path;
	s->fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (s->fd < 0 && errno == EINVAL)
		s->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0 || fstat(s->fd, &st))
		goto bad;
	s->bytes = (uint64_t)st.st_size;
	if (S_ISBLK(st.st_mode) && ioctl(s->fd, BLKGETSIZE64, &s->bytes))
		goto bad;
	if (posix_memalign(&buffer, 4096, BUFFER))
		goto bad;
	s->buffer = buffer;
	return 0;
bad:
	fprintf(stderr, "afar-cutcheck: %s: %s\n", path, strerror(errno));
	return -1;
}

static void source_close(struct source *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->buffer);
}

static int source_read(struct source *s, uint64_t at, size_t len)
{
	size_t have = 0;
	ssize_t n;

	while (have < len) {
		n = pread(s->fd, s->buffer + have, len - have, (off_t)(at + have));
		if (n < 0 && errno == EINTR)
			continue;
		/* A length that O_DIRECT does not take */
		if (n < 0 && errno == EINVAL && (fcntl(s->fd, F_GETFL) & O_DIRECT)) {
			fcntl(s->fd, F_SETFL, fcntl(s->fd, F_GETFL) & ~O_DIRECT);
			continue;
		}
		if (n <= 0) {
			fprintf(stderr, "afar-cutcheck: %s: %s\n", s->path,
				n ? strerror(errno) : "too short");
			return -1;
		}
		have += (size_t)n;
	}
	return 0;
}

static void look_at_block(uint32_t volume, uint64_t block, const uint8_t *data,
			  const uint8_t *before, bool loose)
{
	struct cut_place at = {
		.h = &history, .volume = volume, .block = block, .excused = loose,
	};
	enum cut_token token = CUT_TOKENS;
	char text[200], line[300];
	uint32_t content;

	content = cut_classify(&at, data, before, &token, text, sizeof(text));
	image[volume].content[block] = content;
	checked++;
	zeroes += content == CUT_C_ZERO || content == CUT_C_ZEROED;
	named += content >= CUT_C_WRITE;
	if (token != CUT_TOKENS) {
		result.count[token]++;
		snprintf(line, sizeof(line), "volume %" PRIu32 " block %" PRIu64 ": %s", volume,
			 block, text);
		report(NULL, token, line);
	} else if (content == CUT_C_BAD) {
		excused++;
	}
}

static int read_image(uint32_t volume, struct source *s, struct source *before)
{
	struct cut_image *im = &image[volume];
	uint8_t *loose;
	size_t len;

	im->blocks = s->bytes / CUT_BLOCK;
	if (im->blocks < history.volume_blocks[volume]) {
		fprintf(stderr, "afar-cutcheck: %s: smaller than the log's volume %" PRIu32 "\n",
			s->path, volume);
		return -1;
	}
	/* An image may be longer than the part that was written, but not than what it was. */
	if (before && before->bytes / CUT_BLOCK < im->blocks)
		im->blocks = before->bytes / CUT_BLOCK;
	if (im->blocks < history.volume_blocks[volume]) {
		fprintf(stderr, "afar-cutcheck: %s: too short\n", before->path);
		return -1;
	}
	im->content = malloc((im->blocks + 1) * sizeof(*im->content));
	loose = cut_loose_blocks(&history, volume, im->blocks, opt.torn);
	if (!im->content || !loose) {
		free(loose);
		fprintf(stderr, "afar-cutcheck: no memory\n");
		return -1;
	}
	for (uint64_t at = 0; at < im->blocks; at += len / CUT_BLOCK) {
		len = BUFFER;
		if (im->blocks - at < BUFFER / CUT_BLOCK)
			len = (size_t)(im->blocks - at) * CUT_BLOCK;
		if (source_read(s, at * CUT_BLOCK, len) ||
		    (before && source_read(before, at * CUT_BLOCK, len))) {
			free(loose);
			return -1;
		}
		for (size_t i = 0; i < len; i += CUT_BLOCK)
			look_at_block(volume, at + i / CUT_BLOCK, s->buffer + i,
				      before ? before->buffer + i : NULL,
				      loose[at + i / CUT_BLOCK]);
	}
	free(loose);
	return 0;
}

static int read_volume(uint32_t volume, const char *path, const char *initial)
{
	struct source s = { .fd = -1 }, before = { .fd = -1 };
	int ret = -1;

	if (!strcmp(path, "-"))
		return 0;
	if (!source_open(&s, path) && (!initial || !source_open(&before, initial)))
		ret = read_image(volume, &s, initial ? &before : NULL);
	source_close(&s);
	source_close(&before);
	return ret;
}

/* "7" or "term:7"; without a term a set of any term counts. */
static int parse_set(const char *text, uint64_t *set, uint32_t *term)
{
	const char *colon = strrchr(text, ':');
	char *end;

	*term = colon ? cut_term_hash(text, (size_t)(colon - text)) : 0;
	if (colon)
		text = colon + 1;
	errno = 0;
	*set = strtoull(text, &end, 10);
	return errno || end == text || *end || *text < '0' || *text > '9' ? -1 : 0;
}

static int bound_by_set(const char *text, bool exact, struct cut_limits *limits)
{
	uint64_t set;
	uint32_t term;

	if (!text)
		return 0;
	if (parse_set(text, &set, &term)) {
		fprintf(stderr, "afar-cutcheck: a set is N or TERM:N, not '%s'\n", text);
		return -1;
	}
	for (uint32_t i = 0; i < history.closes; i++) {
		const struct cut_close *c = &history.close[i];

		if (c->end == CUT_NEVER || (term && c->term != term))
			continue;
		if (c->set <= set && c->begin > limits->from)
			limits->from = c->begin;
		if (exact && c->set >= set && c->end < limits->to)
			limits->to = c->end;
	}
	return 0;
}

static int decide(void)
{
	struct cut_limits limits = {
		.to = CUT_NEVER, .torn = opt.torn, .any_order = opt.any_order,
	};

	if (bound_by_set(opt.exact, true, &limits) || bound_by_set(opt.at_least, false, &limits))
		return -1;
	if (opt.all)
		limits.from = history.records;
	if (cut_decide(&history, image, &limits, &result, report, NULL) < 0) {
		fprintf(stderr, "afar-cutcheck: no memory\n");
		return -1;
	}
	return 0;
}

static void print_name(uint32_t id)
{
	const struct cut_write *w;

	if (id == CUT_NONE) {
		printf("none");
		return;
	}
	w = &history.write[id];
	printf("%" PRIu32 "/%u/%" PRIu64, w->run, w->writer, w->counter);
}

static void print_json(bool ok, uint64_t behind)
{
	const char *comma = "";

	printf("{\"result\":\"%s\",\"writes_in_cut\":%" PRIu32 ",\"first\":\"",
	       ok ? "ok" : "violated", result.in_cut);
	print_name(result.first);
	printf("\",\"last\":\"");
	print_name(result.last);
	printf("\",\"last_time_ns\":%" PRIu64, result.last == CUT_NONE ? 0 :
	       history.write[result.last].time);
	printf(",\"writes_logged\":%" PRIu32 ",\"writes_completed\":%" PRIu32
	       ",\"writes_completed_behind\":%" PRIu64, history.writes, history.completed, behind);
	printf(",\"closes\":%" PRIu32 ",\"records\":%" PRIu32 ",\"log_truncated\":%s",
	       history.closes, history.records, history.truncated ? "true" : "false");
	printf(",\"blocks_checked\":%" PRIu64 ",\"blocks_zero\":%" PRIu64, checked, zeroes);
	printf(",\"blocks_named\":%" PRIu64 ",\"blocks_excused\":%" PRIu64 ",\"violations\":{",
	       named, excused);
	for (int t = 0; t < CUT_TOKENS; t++) {
		if (!result.count[t])
			continue;
		printf("%s\"%s\":%" PRIu64, comma, cut_token_name[t], result.count[t]);
		comma = ",";
	}
	printf("},\"examples\":[");
	for (unsigned int i = 0; i < examples; i++)
		printf("%s\"%s\"", i ? "," : "", example[i]);
	printf("]}\n");
}

static void print_text(bool ok, uint64_t behind)
{
	const char *comma = "";

	if (ok) {
		printf("ok: ");
	} else {
		printf("violated:");
		for (int t = 0; t < CUT_TOKENS; t++) {
			if (!result.count[t])
				continue;
			printf("%s %s %" PRIu64, comma, cut_token_name[t], result.count[t]);
			comma = ",";
		}
		printf("; ");
	}
	printf("%" PRIu32 " writes in the cut (first ", result.in_cut);
	print_name(result.first);
	printf(", last ");
	print_name(result.last);
	printf(") of %" PRIu32 " logged, %" PRIu64 " completed ones are behind it; %" PRIu64
	       " blocks checked, %" PRIu64 " named, %" PRIu64 " zero, %" PRIu64 " excused%s\n",
	       history.writes, behind, checked, named, zeroes, excused,
	       history.truncated ? "; log cut off" : "");
}

static const char usage[] =
"usage: afar-cutcheck --log LOG [option...] IMAGE...\n"
"  IMAGE              one for each volume of the log, in order; '-': do not look at it\n"
"  --log LOG          of afar-load\n"
"  --committed SET    exactly the sets up to SET (or TERM:SET) are in the images\n"
"  --at-least SET     at least these are\n"
"  --all              all completed writes are\n"
"  --initial FILE     what a volume held before the load; once per volume, '-' for zeroes\n"
"  --initial-zero     all volumes held zeroes (default)\n"
"  --primary-crashed  writes in flight at the end of a run may be there in part\n"
"  --any-order        the device lets overlapping writes run at once\n"
"  --min-writes N     fail (before-set) if fewer writes are in the cut\n"
"  --max-report N     lines per kind of violation, default 10\n"
"  --json             one object instead of lines\n"
"  --quiet            the summary line only\n"
"exit status: 0 a cut, 1 not, 2 usage or I/O\n";

static int parse_number(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno || end == text || *end || *text < '0' || *text > '9' ? -1 : 0;
}

static int parse_options(int argc, char **argv)
{
	enum { LOG = 256, COMMITTED, AT_LEAST, ALL, INITIAL, INITIAL_ZERO, CRASHED, ANY_ORDER,
	       MIN_WRITES, MAX_REPORT, JSON, QUIET, HELP };
	static const struct option options[] = {
		{ "log", 1, NULL, LOG }, { "committed", 1, NULL, COMMITTED },
		{ "at-least", 1, NULL, AT_LEAST }, { "all", 0, NULL, ALL },
		{ "initial", 1, NULL, INITIAL }, { "initial-zero", 0, NULL, INITIAL_ZERO },
		{ "primary-crashed", 0, NULL, CRASHED }, { "any-order", 0, NULL, ANY_ORDER },
		{ "min-writes", 1, NULL, MIN_WRITES }, { "max-report", 1, NULL, MAX_REPORT },
		{ "json", 0, NULL, JSON }, { "quiet", 0, NULL, QUIET },
		{ "help", 0, NULL, HELP }, { 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case LOG:
			opt.log = optarg;
			break;
		case COMMITTED:
			opt.exact = optarg;
			break;
		case AT_LEAST:
			opt.at_least = optarg;
			break;
		case ALL:
			opt.all = true;
			break;
		case INITIAL:
			if (opt.initials == MAX_VOLUMES)
				return -1;
			opt.initial[opt.initials++] = strcmp(optarg, "-") ? optarg : NULL;
			break;
		case INITIAL_ZERO:
			opt.initials = 0;
			break;
		case CRASHED:
			opt.torn = true;
			break;
		case ANY_ORDER:
			opt.any_order = true;
			break;
		case MIN_WRITES:
			if (parse_number(optarg, &opt.min_writes))
				return -1;
			break;
		case MAX_REPORT:
			if (parse_number(optarg, &opt.max_report))
				return -1;
			break;
		case JSON:
			opt.json = true;
			break;
		case QUIET:
			opt.quiet = true;
			break;
		case HELP:
			fputs(usage, stdout);
			exit(0);
		default:
			return -1;
		}
	}
	return opt.log && optind < argc && argc - optind <= MAX_VOLUMES ? 0 : -1;
}

static int read_log(void)
{
	int fd = strcmp(opt.log, "-") ? open(opt.log, O_RDONLY | O_CLOEXEC) : dup(0);
	int ret = -1;

	if (fd < 0)
		fprintf(stderr, "afar-cutcheck: %s: %s\n", opt.log, strerror(errno));
	else if (cut_history_read(&history, fd))
		fprintf(stderr, "afar-cutcheck: %s: %s\n", opt.log, history.error);
	else
		ret = 0;
	if (fd >= 0)
		close(fd);
	return ret;
}

static int run(char **paths, uint32_t n)
{
	uint64_t behind = 0;
	bool ok = true;

	if (read_log())
		return 2;
	if (n != history.volumes) {
		fprintf(stderr, "afar-cutcheck: %" PRIu32 " images, %" PRIu32
			" volumes in the log\n", n, history.volumes);
		return 2;
	}
	for (uint32_t v = 0; v < n; v++)
		if (read_volume(v, paths[v], v < opt.initials ? opt.initial[v] : NULL))
			return 2;
	if (decide())
		return 2;
	if (result.in_cut < opt.min_writes) {
		char text[80];

		result.count[BEFORE_SET]++;
		snprintf(text, sizeof(text), "only %" PRIu32 " writes in the cut", result.in_cut);
		report(NULL, BEFORE_SET, text);
	}
	for (int t = 0; t < CUT_TOKENS; t++)
		ok &= !result.count[t];
	for (uint32_t i = 0; i < history.writes; i++)
		behind += history.write[i].state == CUT_COMPLETED &&
			  (result.last == CUT_NONE || i > result.last);
	if (opt.json)
		print_json(ok, behind);
	else
		print_text(ok, behind);
	return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
	int ret;

	if (parse_options(argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	ret = run(argv + optind, (uint32_t)(argc - optind));
	for (uint32_t v = 0; v < MAX_VOLUMES; v++)
		free(image[v].content);
	for (unsigned int i = 0; i < examples; i++)
		free(example[i]);
	cut_history_free(&history);
	if (fflush(stdout) || ferror(stdout))
		return 2;
	return ret;
}
