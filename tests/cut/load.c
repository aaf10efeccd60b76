// SPDX-License-Identifier: GPL-2.0
/*
 * afar-load: writes to volumes from many threads and logs what was submitted and what completed,
 * so that afar-cutcheck can decide whether an image is a cut. See README.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "format.h"

#define MAX_SIZES	16
#define MAX_WRITERS	1024

struct volume {
	const char *path;
	int fd;
	bool bdev;
	uint64_t blocks;
};

struct size_class {
	unsigned int from, to, weight;
};

static struct {
	const char *log;
	const char *close_cmd;
	unsigned int close_every, writers, area, chunk, zero, discard, fua, flush, hot;
	uint64_t area_start, writes, rate, limit, seconds, seed;
	uint32_t run;
	bool progress, keep_going, buffered, close_last;
	struct size_class size[MAX_SIZES];
	unsigned int sizes, weight, largest;
} opt = {
	.writers = 4, .area = 256, .chunk = 256, .hot = 75,
};

static struct volume *volumes;
static unsigned int nvolumes;

/* Written under log_lock only. */
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static uint64_t log_position;

static volatile sig_atomic_t stop_signal;
static bool stop;		/* all of these with __atomic */
static unsigned int running;
static uint64_t taken, done_writes, done_bytes, done_zeroes, failed_writes, flushes, closes;
static uint64_t close_failures, last_set;
static uint64_t begin_ns;

__attribute__((format(printf, 1, 2), noreturn))
static void die(const char *fmt, ...)
{
	va_list ap;

	fputs("afar-load: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

static uint64_t now_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void sleep_until(uint64_t due)
{
	struct timespec ts = { .tv_sec = (time_t)(due / 1000000000u),
			       .tv_nsec = (long)(due % 1000000000u) };

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED) &&
	       clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static uint64_t random64(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/*
 * The order of the log is evidence. One lock is held over each write(2), so records lie in the
 * log in the order of these calls. The record of a completion is appended after the write
 * returned, the record of a submission before the write is called. So if complete(A) lies before
 * submit(B), then A returned before its record was appended, this before B's record was, and this
 * before B was submitted. The reverse does not hold and is not used. A record that was cut off
 * with the machine can only take orders away, never make one up.
 */
static void log_append(struct cut_record *rec)
{
	const char *at = (const char *)rec;
	size_t left = sizeof(*rec);
	ssize_t n;

	pthread_mutex_lock(&log_lock);
	rec->run = opt.run;
	rec->position = log_position++;
	cut_record_seal(rec);
	while (left) {
		n = write(log_fd, at, left);
		if (n < 0 && errno == EINTR)
			continue;
		/* Under the lock: nobody may submit what was not logged. */
		if (n <= 0)
			die("%s: %s", opt.log, n ? strerror(errno) : "no room");
		at += n;
		left -= (size_t)n;
	}
	pthread_mutex_unlock(&log_lock);
}

static void log_simple(enum cut_kind kind, uint64_t counter, uint64_t block, uint32_t nblocks,
		       uint32_t value)
{
	struct cut_record rec = {
		.kind = (uint16_t)kind, .counter = counter, .block = block, .nblocks = nblocks,
		.value = value, .time = now_ns(CLOCK_REALTIME),
	};

	log_append(&rec);
}

static void log_open(void)
{
	struct termios tio;
	struct stat st;

	if (!strcmp(opt.log, "-"))
		log_fd = dup(1);
	else
		log_fd = open(opt.log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
	if (log_fd < 0 || fstat(log_fd, &st))
		die("%s: %s", opt.log, strerror(errno));
	/* A run that was killed may have left half a record. */
	if (S_ISREG(st.st_mode) && st.st_size % (off_t)sizeof(struct cut_record) &&
	    ftruncate(log_fd, st.st_size - st.st_size % (off_t)sizeof(struct cut_record)))
		die("%s: %s", opt.log, strerror(errno));
	/* A console turns line feeds into two bytes unless told not to. */
	if (isatty(log_fd) && !tcgetattr(log_fd, &tio)) {
		cfmakeraw(&tio);
		tcsetattr(log_fd, TCSANOW, &tio);
	}
}

static void volume_open(struct volume *v, const char *path, uint16_t number)
{
	struct cut_record rec = { .kind = CUT_VOLUME, .volume = number };
	int flags = O_RDWR | O_CLOEXEC | (opt.buffered ? 0 : O_DIRECT);
	struct stat st;
	uint64_t bytes;

	v->path = path;
	v->fd = open(path, flags);
	if (v->fd < 0 && errno == EINVAL)
		die("%s: no O_DIRECT here; --buffered takes a file without it", path);
	if (v->fd < 0 || fstat(v->fd, &st))
		die("%s: %s", path, strerror(errno));
	v->bdev = S_ISBLK(st.st_mode);
	bytes = (uint64_t)st.st_size;
	if (v->bdev && ioctl(v->fd, BLKGETSIZE64, &bytes))
		die("%s: %s", path, strerror(errno));
	v->blocks = bytes / CUT_BLOCK;
	if (opt.limit && v->blocks > opt.limit)
		v->blocks = opt.limit;
	if (v->blocks < opt.largest)
		die("%s: smaller than the largest write", path);
	rec.block = v->blocks;
	rec.time = now_ns(CLOCK_REALTIME);
	log_append(&rec);
}

struct writer {
	pthread_t thread;
	uint16_t number;
	uint64_t rnd, counter, last_end;
	unsigned int last_volume;
	uint8_t *buffer;
};

struct place {
	unsigned int volume;
	uint64_t block;
	uint32_t nblocks;
};

static uint32_t choose_size(uint64_t *rnd)
{
	uint64_t w = random64(rnd) % opt.weight;
	const struct size_class *c = opt.size;

	while (w >= c->weight)
		w -= c++->weight;
	return c->from + (uint32_t)(random64(rnd) % (c->to - c->from + 1));
}

/* Mostly the hot area, else anywhere, now and then right behind this writer's last write. */
static void choose_place(struct writer *w, struct place *p)
{
	const struct volume *v;
	uint64_t from = 0, range;

	p->volume = (unsigned int)(random64(&w->rnd) % nvolumes);
	p->nblocks = choose_size(&w->rnd);
	v = &volumes[p->volume];
	range = v->blocks;
	if (random64(&w->rnd) % 100 < opt.hot && opt.area_start < v->blocks) {
		from = opt.area_start;
		range = opt.area < v->blocks - from ? opt.area : v->blocks - from;
	}
	p->block = from + random64(&w->rnd) % range;
	if (random64(&w->rnd) % 16 == 0 && w->last_end) {
		p->volume = w->last_volume;
		v = &volumes[p->volume];
		p->block = w->last_end;
	}
	if (p->block + p->nblocks > v->blocks)
		p->block = v->blocks - p->nblocks;
	/* Two commands would be two writes, which may fall into two sets. */
	if (opt.chunk && p->block / opt.chunk != (p->block + p->nblocks - 1) / opt.chunk)
		p->block = (p->block / opt.chunk + 1) * opt.chunk - p->nblocks;
	w->last_volume = p->volume;
	w->last_end = p->block + p->nblocks;
}

static int write_zeroes(const struct volume *v, const struct place *p, bool discard,
			uint8_t *buffer)
{
	uint64_t range[2] = { p->block * CUT_BLOCK, (uint64_t)p->nblocks * CUT_BLOCK };
	size_t len = (size_t)range[1];

	if (v->bdev)
		return ioctl(v->fd, discard ? BLKDISCARD : BLKZEROOUT, range) ? errno : 0;
	if (!opt.buffered &&
	    !fallocate(v->fd, FALLOC_FL_KEEP_SIZE |
		       (discard ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE),
		       (off_t)range[0], (off_t)range[1]))
		return 0;
	memset(buffer, 0, len);
	return pwrite(v->fd, buffer, len, (off_t)range[0]) == (ssize_t)len ? 0 : EIO;
}

static int write_data(const struct writer *w, const struct place *p, uint64_t time, bool fua)
{
	struct cut_head head = {
		.run = opt.run, .volume = (uint16_t)p->volume, .writer = w->number,
		.counter = w->counter, .time = time, .nblocks = p->nblocks,
	};
	struct iovec iov = { .iov_base = w->buffer, .iov_len = (size_t)p->nblocks * CUT_BLOCK };
	uint64_t fill = w->rnd;
	ssize_t n;

	for (uint32_t i = 0; i < p->nblocks; i++) {
		head.index = i;
		head.block = p->block + i;
		head.fill = random64(&fill);
		cut_block_fill(w->buffer + (size_t)i * CUT_BLOCK, &head);
	}
	n = pwritev2(volumes[p->volume].fd, &iov, 1, (off_t)(p->block * CUT_BLOCK),
		     fua ? RWF_DSYNC : 0);
	if (n < 0)
		return errno;
	return n == (ssize_t)iov.iov_len ? 0 : EIO;
}

static void do_flush(struct writer *w, unsigned int volume)
{
	struct cut_record rec = {
		.kind = CUT_FLUSH_BEGIN, .volume = (uint16_t)volume, .writer = w->number,
		.counter = w->counter, .time = now_ns(CLOCK_REALTIME),
	};

	log_append(&rec);
	rec.value = fdatasync(volumes[volume].fd) ? (uint32_t)errno : 0;
	rec.kind = CUT_FLUSH_END;
	rec.time = now_ns(CLOCK_REALTIME);
	log_append(&rec);
	__atomic_add_fetch(&flushes, 1, __ATOMIC_RELAXED);
}

static void do_write(struct writer *w)
{
	struct cut_record rec = { .kind = CUT_SUBMIT, .writer = w->number, .counter = w->counter };
	uint64_t dice = random64(&w->rnd) % 100;
	bool discard, zero, fua;
	struct place p;
	int error;

	choose_place(w, &p);
	discard = dice < opt.discard;
	zero = dice < opt.discard + opt.zero;
	fua = !zero && random64(&w->rnd) % 100 < opt.fua;
	rec.flags = (uint16_t)((zero ? CUT_F_ZERO : 0) | (discard ? CUT_F_DISCARD : 0) |
			       (fua ? CUT_F_FUA : 0));
	rec.volume = (uint16_t)p.volume;
	rec.block = p.block;
	rec.nblocks = p.nblocks;
	rec.time = now_ns(CLOCK_REALTIME);
	log_append(&rec);
	if (zero)
		error = write_zeroes(&volumes[p.volume], &p, discard, w->buffer);
	else
		error = write_data(w, &p, rec.time, fua);
	rec.kind = error ? CUT_FAILED : CUT_COMPLETE;
	rec.value = (uint32_t)error;
	rec.time = now_ns(CLOCK_REALTIME);
	log_append(&rec);
	w->counter++;
	if (error) {
		__atomic_add_fetch(&failed_writes, 1, __ATOMIC_RELAXED);
		if (!opt.keep_going)
			__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
		else
			sleep_until(now_ns(CLOCK_MONOTONIC) + 10000000u);
		return;
	}
	__atomic_add_fetch(zero ? &done_zeroes : &done_writes, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&done_bytes, (uint64_t)p.nblocks * CUT_BLOCK, __ATOMIC_RELAXED);
	if (random64(&w->rnd) % 100 < opt.flush)
		do_flush(w, p.volume);
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	uint64_t n;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		n = __atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED);
		if (opt.writes && n >= opt.writes)
			break;
		if (opt.rate) {
			sleep_until(begin_ns + (uint64_t)((double)n * 1e9 / (double)opt.rate));
			if (__atomic_load_n(&stop, __ATOMIC_RELAXED))
				break;
		}
		do_write(w);
	}
	__atomic_sub_fetch(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* The last word of the answer: "7" or "term:7". */
static bool parse_answer(char *text, uint64_t *set, uint32_t *term)
{
	char *word = NULL, *save = NULL, *colon, *end;

	for (char *t = strtok_r(text, " \t\r\n", &save); t; t = strtok_r(NULL, " \t\r\n", &save))
		word = t;
	if (!word)
		return false;
	colon = strrchr(word, ':');
	*term = colon ? cut_term_hash(word, (size_t)(colon - word)) : 0;
	if (colon)
		word = colon + 1;
	if (*word < '0' || *word > '9')
		return false;
	errno = 0;
	*set = strtoull(word, &end, 10);
	return !errno && !*end;
}

static void do_close(void)
{
	uint64_t number = __atomic_fetch_add(&closes, 1, __ATOMIC_RELAXED), set;
	char text[4096];
	uint32_t term;
	size_t len;
	int status;
	FILE *f;

	log_simple(CUT_CLOSE_BEGIN, number, 0, 0, 0);
	f = popen(opt.close_cmd, "re");
	len = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	text[len] = '\0';
	status = f ? pclose(f) : -1;
	if (status || !parse_answer(text, &set, &term)) {
		log_simple(CUT_CLOSE_FAIL, number, 0, 0, (uint32_t)status);
		if (!__atomic_fetch_add(&close_failures, 1, __ATOMIC_RELAXED))
			fprintf(stderr, "afar-load: close failed: status %d, answer '%s'\n",
				status, text);
		return;
	}
	log_simple(CUT_CLOSE_END, number, set, 0, term);
	__atomic_store_n(&last_set, set, __ATOMIC_RELAXED);
}

static void *closer_main(void *arg)
{
	uint64_t due = begin_ns;

	(void)arg;
	for (;;) {
		due += (uint64_t)opt.close_every * 1000000u;
		/* Short naps: the end of the run must not wait for a long interval. */
		while (!__atomic_load_n(&stop, __ATOMIC_RELAXED) &&
		       __atomic_load_n(&running, __ATOMIC_ACQUIRE)) {
			uint64_t now = now_ns(CLOCK_MONOTONIC);

			if (now >= due)
				break;
			sleep_until(due - now > 20000000u ? now + 20000000u : due);
		}
		if (__atomic_load_n(&stop, __ATOMIC_RELAXED) ||
		    !__atomic_load_n(&running, __ATOMIC_ACQUIRE))
			return NULL;
		do_close();
		if (now_ns(CLOCK_MONOTONIC) > due)
			due = now_ns(CLOCK_MONOTONIC);
	}
}

static void on_signal(int number)
{
	/* Writers may hang in a device; a second signal ends it at once. */
	if (stop_signal)
		_exit(128 + number);
	stop_signal = number;
}

static void progress(void)
{
	fprintf(stderr,
		"t=%.1f writes=%llu zeroes=%llu bytes=%llu failed=%llu closes=%llu set=%llu\n",
		(double)(now_ns(CLOCK_MONOTONIC) - begin_ns) / 1e9,
		(unsigned long long)__atomic_load_n(&done_writes, __ATOMIC_RELAXED),
		(unsigned long long)__atomic_load_n(&done_zeroes, __ATOMIC_RELAXED),
		(unsigned long long)__atomic_load_n(&done_bytes, __ATOMIC_RELAXED),
		(unsigned long long)__atomic_load_n(&failed_writes, __ATOMIC_RELAXED),
		(unsigned long long)__atomic_load_n(&closes, __ATOMIC_RELAXED),
		(unsigned long long)__atomic_load_n(&last_set, __ATOMIC_RELAXED));
}

static void parse_sizes(const char *text)
{
	opt.sizes = opt.weight = opt.largest = 0;
	for (;;) {
		struct size_class *c = &opt.size[opt.sizes];
		char *end;

		if (opt.sizes == MAX_SIZES)
			die("--sizes: at most %d classes", MAX_SIZES);
		c->from = c->to = (unsigned int)strtoul(text, &end, 10);
		if (*end == '-')
			c->to = (unsigned int)strtoul(end + 1, &end, 10);
		c->weight = 1;
		if (*end == ':')
			c->weight = (unsigned int)strtoul(end + 1, &end, 10);
		if (!c->from || c->to < c->from || c->to > 4096 || !c->weight ||
		    c->weight > 1000000 || (*end && *end != ','))
			die("--sizes: N[-M][:WEIGHT],... in blocks, 1 to 4096: '%s'", text);
		if (c->to > opt.largest)
			opt.largest = c->to;
		opt.weight += c->weight;
		opt.sizes++;
		if (!*end)
			break;
		text = end + 1;
	}
}

static uint64_t number(const char *name, const char *text, uint64_t low, uint64_t high)
{
	uint64_t value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || value < low || value > high)
		die("--%s: a number from %llu to %llu, not '%s'", name, (unsigned long long)low,
		    (unsigned long long)high, text);
	return value;
}

static const char usage[] =
"usage: afar-load --log PATH [option...] VOLUME...\n"
"  --log PATH         file, pipe or character device; '-' is stdout\n"
"  --seconds N        end after N seconds\n"
"  --writes N         end after N writes\n"
"  --rate N           at most N writes a second\n"
"  --writers N        threads, default 4\n"
"  --seed N           of places and sizes, default random\n"
"  --run N            number of this run in blocks and log, default random\n"
"  --area N[@START]   hot area in blocks, default 256@0\n"
"  --hot PERCENT      of the writes go there, default 75\n"
"  --limit N          use only the first N blocks of each volume\n"
"  --sizes LIST       N[-M][:WEIGHT],... in blocks, default 1-8:90,9-32:8,64:2\n"
"  --chunk BYTES      no write crosses a multiple, default 1048576, 0: none\n"
"  --zero PERCENT     of the writes are zeroings (BLKZEROOUT)\n"
"  --discard PERCENT  of the writes are discards, which must leave zeroes\n"
"  --fua PERCENT      of the other writes carry RWF_DSYNC\n"
"  --flush PERCENT    of the writes are followed by fdatasync()\n"
"  --close-cmd CMD    closes a set; the last word of its answer is SET or TERM:SET\n"
"  --close-every MS   run it so often, default 1000\n"
"  --close-last       and once more when all writers have ended\n"
"  --keep-going       do not end at a failed write\n"
"  --buffered         no O_DIRECT (regular files)\n"
"  --progress         a line a second on stderr\n";

static void parse_options(int argc, char **argv)
{
	enum { LOG = 256, SECONDS, WRITES, RATE, WRITERS, SEED, RUN, AREA, HOT, LIMIT, SIZES, CHUNK,
	       ZERO, DISCARD, FUA, FLUSH, CLOSE_CMD, CLOSE_EVERY, CLOSE_LAST, KEEP, BUFFERED,
	       PROGRESS, HELP };
	static const struct option options[] = {
		{ "log", 1, NULL, LOG }, { "seconds", 1, NULL, SECONDS },
		{ "writes", 1, NULL, WRITES }, { "rate", 1, NULL, RATE },
		{ "writers", 1, NULL, WRITERS }, { "seed", 1, NULL, SEED },
		{ "run", 1, NULL, RUN }, { "area", 1, NULL, AREA }, { "hot", 1, NULL, HOT },
		{ "limit", 1, NULL, LIMIT }, { "sizes", 1, NULL, SIZES },
		{ "chunk", 1, NULL, CHUNK }, { "zero", 1, NULL, ZERO },
		{ "discard", 1, NULL, DISCARD }, { "fua", 1, NULL, FUA },
		{ "flush", 1, NULL, FLUSH }, { "close-cmd", 1, NULL, CLOSE_CMD },
		{ "close-every", 1, NULL, CLOSE_EVERY }, { "close-last", 0, NULL, CLOSE_LAST },
		{ "keep-going", 0, NULL, KEEP }, { "buffered", 0, NULL, BUFFERED },
		{ "progress", 0, NULL, PROGRESS }, { "help", 0, NULL, HELP }, { 0 }
	};
	char *at;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case LOG:
			opt.log = optarg;
			break;
		case SECONDS:
			opt.seconds = number("seconds", optarg, 1, 1000000000);
			break;
		case WRITES:
			opt.writes = number("writes", optarg, 1, UINT64_MAX);
			break;
		case RATE:
			opt.rate = number("rate", optarg, 1, 1000000000);
			break;
		case WRITERS:
			opt.writers = (unsigned int)number("writers", optarg, 1, MAX_WRITERS);
			break;
		case SEED:
			opt.seed = number("seed", optarg, 0, UINT64_MAX);
			break;
		case RUN:
			opt.run = (uint32_t)number("run", optarg, 1, UINT32_MAX);
			break;
		case AREA:
			at = strchr(optarg, '@');
			if (at) {
				*at = '\0';
				opt.area_start = number("area", at + 1, 0, UINT32_MAX);
			}
			opt.area = (unsigned int)number("area", optarg, 1, UINT32_MAX);
			break;
		case HOT:
			opt.hot = (unsigned int)number("hot", optarg, 0, 100);
			break;
		case LIMIT:
			opt.limit = number("limit", optarg, 1, UINT32_MAX);
			break;
		case SIZES:
			parse_sizes(optarg);
			break;
		case CHUNK:
			opt.chunk = (unsigned int)(number("chunk", optarg, 0, 1 << 30) / CUT_BLOCK);
			break;
		case ZERO:
			opt.zero = (unsigned int)number("zero", optarg, 0, 100);
			break;
		case DISCARD:
			opt.discard = (unsigned int)number("discard", optarg, 0, 100);
			break;
		case FUA:
			opt.fua = (unsigned int)number("fua", optarg, 0, 100);
			break;
		case FLUSH:
			opt.flush = (unsigned int)number("flush", optarg, 0, 100);
			break;
		case CLOSE_CMD:
			opt.close_cmd = optarg;
			break;
		case CLOSE_EVERY:
			opt.close_every = (unsigned int)number("close-every", optarg, 1, 1u << 30);
			break;
		case CLOSE_LAST:
			opt.close_last = true;
			break;
		case KEEP:
			opt.keep_going = true;
			break;
		case BUFFERED:
			opt.buffered = true;
			break;
		case PROGRESS:
			opt.progress = true;
			break;
		case HELP:
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (!opt.log || optind == argc) {
		fputs(usage, stderr);
		exit(2);
	}
	if (argc - optind > UINT16_MAX)
		die("too many volumes");
	if (opt.zero + opt.discard > 100)
		die("--zero and --discard are more than 100 percent");
	if ((opt.close_every || opt.close_last) && !opt.close_cmd)
		die("--close-every and --close-last want --close-cmd");
	/* With --close-last alone there is only that one. */
	if (opt.close_cmd && !opt.close_every && !opt.close_last)
		opt.close_every = 1000;
	if (opt.chunk && opt.largest > opt.chunk)
		die("the largest write is larger than --chunk");
}

static void open_all(char **paths)
{
	volumes = calloc(nvolumes, sizeof(*volumes));
	if (!volumes)
		die("no memory");
	log_open();
	log_simple(CUT_START, 0, opt.seed, nvolumes, 0);
	for (unsigned int i = 0; i < nvolumes; i++)
		volume_open(&volumes[i], paths[i], (uint16_t)i);
}

static void start_writers(struct writer *writers)
{
	running = opt.writers;
	for (unsigned int i = 0; i < opt.writers; i++) {
		struct writer *w = &writers[i];
		void *buffer;

		if (posix_memalign(&buffer, CUT_BLOCK, (size_t)opt.largest * CUT_BLOCK))
			die("no memory");
		w->buffer = buffer;
		w->number = (uint16_t)i;
		w->rnd = opt.seed + i * 0xd1342543de82ef95ull;
		if (pthread_create(&w->thread, NULL, writer_main, w))
			die("no thread");
	}
}

/* Until all writers have ended. */
static void watch(void)
{
	uint64_t next = begin_ns, tick = 0;

	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE)) {
		struct timespec nap = { .tv_nsec = 10000000 };

		nanosleep(&nap, NULL);
		next = now_ns(CLOCK_MONOTONIC);
		if (stop_signal || (opt.seconds && next - begin_ns >= opt.seconds * 1000000000u))
			__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
		if (opt.progress && (next - begin_ns) / 1000000000u > tick) {
			tick = (next - begin_ns) / 1000000000u;
			progress();
		}
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct writer *writers;
	pthread_t closer;
	double seconds;

	parse_sizes("1-8:90,9-32:8,64:2");
	if (getrandom(&opt.seed, sizeof(opt.seed), GRND_NONBLOCK) != sizeof(opt.seed))
		opt.seed = now_ns(CLOCK_REALTIME);
	opt.run = (uint32_t)(opt.seed ^ (now_ns(CLOCK_REALTIME) >> 10)) | 1;
	parse_options(argc, argv);
	nvolumes = (unsigned int)(argc - optind);
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	open_all(argv + optind);
	writers = calloc(opt.writers, sizeof(*writers));
	if (!writers)
		die("no memory");
	begin_ns = now_ns(CLOCK_MONOTONIC);
	start_writers(writers);
	if (opt.close_every && pthread_create(&closer, NULL, closer_main, NULL))
		die("no thread");
	watch();
	for (unsigned int i = 0; i < opt.writers; i++) {
		pthread_join(writers[i].thread, NULL);
		free(writers[i].buffer);
	}
	if (opt.close_every)
		pthread_join(closer, NULL);
	if (opt.close_last)
		do_close();
	log_simple(CUT_END, 0, 0, 0, 0);
	seconds = (double)(now_ns(CLOCK_MONOTONIC) - begin_ns) / 1e9;
	if (opt.progress)
		progress();
	fprintf(opt.log[0] == '-' && !opt.log[1] ? stderr : stdout,
		"run %u seed %llu seconds %.3f writes %llu zeroes %llu bytes %llu failed %llu "
		"flushes %llu closes %llu close-failures %llu set %llu\n",
		opt.run, (unsigned long long)opt.seed, seconds, (unsigned long long)done_writes,
		(unsigned long long)done_zeroes, (unsigned long long)done_bytes,
		(unsigned long long)failed_writes, (unsigned long long)flushes,
		(unsigned long long)closes, (unsigned long long)close_failures,
		(unsigned long long)last_set);
	for (unsigned int i = 0; i < nvolumes; i++)
		close(volumes[i].fd);
	free(volumes);
	free(writers);
	return failed_writes ? 1 : 0;
}
