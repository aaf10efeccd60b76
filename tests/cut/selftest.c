// SPDX-License-Identifier: GPL-2.0
/*
 * afar-cut-selftest DIR CUTCHECK: honest cuts of simulated loads must pass afar-cutcheck, and each
 * way to spoil one must be found, by its own name. Files go to DIR.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "decide.h"
#include "selftest.h"
#include "simulate.h"

unsigned int passed, failed;

static const char *dir, *cutcheck;

void outcome(const char *name, const char *fmt, ...)
{
	va_list ap;

	printf("%s %s", fmt ? "FAIL" : "ok  ", name);
	if (fmt) {
		printf(": ");
		va_start(ap, fmt);
		vprintf(fmt, ap);
		va_end(ap);
		failed++;
	} else {
		passed++;
	}
	putchar('\n');
	fflush(stdout);
}

/* ---- one call of afar-cutcheck ---- */

struct scene {
	struct sim sim;
	struct sim_rnd rnd;
	struct sim_image image;
	uint8_t *bytes[SIM_VOLUMES];	/* what the volumes hold, from image, then spoiled */
	bool initial;			/* volumes held noise before */
	size_t log_bytes;		/* of the log; 0: all */
	const char *args[8];
	unsigned int nargs;
	char text[4][32];
	/* Bits of tokens: all of wanted, with any of one_of, else only tolerated ones. */
	unsigned int wanted, one_of, tolerated;
};

struct verdict {
	int status;
	unsigned int tokens;
	char output[8192];
};

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void path_of(char *path, size_t size, const char *name, unsigned int n)
{
	snprintf(path, size, "%s/%s%u", dir, name, n);
}

static void save(const char *name, unsigned int n, const void *data, size_t len)
{
	char path[4096];
	int fd;

	path_of(path, sizeof(path), name, n);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		die(path);
	close(fd);
}

static void add_arg(struct scene *s, const char *arg)
{
	s->args[s->nargs++] = arg;
}

static void add_set(struct scene *s, const char *arg, uint32_t set)
{
	char *text = s->text[s->nargs / 2];

	snprintf(text, sizeof(s->text[0]), "%" PRIu32, set);
	add_arg(s, arg);
	add_arg(s, text);
}

static void exec_check(const struct scene *s, int out)
{
	char paths[2 * SIM_VOLUMES + 1][4096];
	const char *argv[40];
	unsigned int n = 0, p = 0;

	dup2(out, 1);
	dup2(out, 2);
	argv[n++] = cutcheck;
	path_of(paths[p], sizeof(paths[p]), "log", 0);
	argv[n++] = "--log";
	argv[n++] = paths[p++];
	for (unsigned int i = 0; i < s->nargs; i++)
		argv[n++] = s->args[i];
	for (unsigned int v = 0; s->initial && v < s->sim.setup.volumes; v++) {
		path_of(paths[p], sizeof(paths[p]), "initial", v);
		argv[n++] = "--initial";
		argv[n++] = paths[p++];
	}
	for (unsigned int v = 0; v < s->sim.setup.volumes; v++) {
		path_of(paths[p], sizeof(paths[p]), "image", v);
		argv[n++] = paths[p++];
	}
	argv[n] = NULL;
	execv(cutcheck, (char *const *)argv);
	_exit(126);
}

static void parse_tokens(struct verdict *v)
{
	const char *at = strstr(v->output, "violated:");

	for (int t = 0; at && t < CUT_TOKENS; t++)
		if (strstr(at, cut_token_name[t]))
			v->tokens |= 1u << t;
}

static void run_check(const struct scene *s, struct verdict *v)
{
	size_t have = 0;
	int fds[2];
	ssize_t n;
	pid_t pid;

	memset(v, 0, sizeof(*v));
	fflush(stdout);
	if (pipe(fds))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		close(fds[0]);
		exec_check(s, fds[1]);
	}
	close(fds[1]);
	while ((n = read(fds[0], v->output + have, sizeof(v->output) - 1 - have)) > 0)
		have += (size_t)n;
	close(fds[0]);
	waitpid(pid, &v->status, 0);
	v->status = WIFEXITED(v->status) ? WEXITSTATUS(v->status) : 128;
	parse_tokens(v);
}

/* ---- scenes ---- */

static void before_block(uint32_t volume, uint32_t block, uint8_t *data)
{
	struct sim_rnd rnd = { .state = volume * 7919ull + block };

	/* Every fourth block held zeroes. */
	memset(data, 0, CUT_BLOCK);
	for (size_t i = 0; i < CUT_BLOCK && block % 4; i++)
		data[i] = (uint8_t)sim_random(&rnd);
}

static void render(struct scene *s)
{
	for (unsigned int v = 0; v < s->sim.setup.volumes; v++) {
		for (uint32_t b = 0; b < s->sim.setup.blocks; b++) {
			uint8_t *data = s->bytes[v] + (size_t)b * CUT_BLOCK;

			if (s->image.at[v][b] != SIM_OLD)
				sim_block(&s->sim, (uint32_t)s->image.at[v][b], b, data);
			else if (s->initial)
				before_block(v, b, data);
			else
				memset(data, 0, CUT_BLOCK);
		}
	}
}

static void save_scene(const struct scene *s)
{
	size_t len = (size_t)s->sim.setup.blocks * CUT_BLOCK;
	uint8_t *before;

	for (uint32_t i = 0; i < s->sim.records; i++)
		cut_record_seal(&s->sim.record[i]);
	save("log", 0, s->sim.record, s->log_bytes ? s->log_bytes :
	     s->sim.records * sizeof(struct cut_record));
	before = malloc(len);
	if (!before)
		die("malloc");
	for (unsigned int v = 0; v < s->sim.setup.volumes; v++) {
		save("image", v, s->bytes[v], len);
		for (uint32_t b = 0; b < s->sim.setup.blocks; b++)
			before_block(v, b, before + (size_t)b * CUT_BLOCK);
		if (s->initial)
			save("initial", v, before, len);
	}
	free(before);
}

static const struct sim_setup usual = {
	.volumes = 3, .blocks = 96, .writers = 6, .writes = 300, .largest = 8, .close = 3,
	.in_flight = true,
};

static int begin(struct scene *s, const struct sim_setup *setup, uint64_t seed)
{
	memset(s, 0, sizeof(*s));
	s->rnd.state = seed;
	if (sim_run(&s->sim, setup, &s->rnd))
		return -1;
	for (unsigned int v = 0; v < SIM_VOLUMES; v++) {
		s->bytes[v] = malloc((size_t)SIM_BLOCKS * CUT_BLOCK);
		if (!s->bytes[v])
			return -1;
	}
	return 0;
}

static void end(struct scene *s)
{
	for (unsigned int v = 0; v < SIM_VOLUMES; v++)
		free(s->bytes[v]);
	sim_free(&s->sim);
}

static uint32_t some_set(struct scene *s)
{
	return sim_below(&s->rnd, s->sim.sets);
}

static uint32_t some_number(struct scene *s, uint32_t low, uint32_t high)
{
	return low + sim_below(&s->rnd, high - low + 1);
}

static bool in_image(const struct scene *s, uint32_t write)
{
	const struct sim_write *w = &s->sim.write[write];

	for (uint32_t b = w->block; b < w->block + w->nblocks; b++)
		if (s->image.at[w->volume][b] == (int32_t)write)
			return true;
	return false;
}

/* The end of the last write up to @number; writes that began behind it are hb none of them. */
static uint32_t last_end(const struct scene *s, uint32_t number)
{
	uint32_t last = 0;

	for (uint32_t n = 0; n < number; n++)
		if (s->sim.write[s->sim.by_number[n]].end > last)
			last = s->sim.write[s->sim.by_number[n]].end;
	return last;
}

/* ---- honest cuts: return false if the scene has no such case ---- */

static bool honest_set(struct scene *s)
{
	uint32_t set = some_set(s);

	sim_cut(&s->sim, &s->image, s->sim.set_end[set]);
	render(s);
	add_set(s, "--committed", set);
	return true;
}

static bool honest_number(struct scene *s)
{
	sim_cut(&s->sim, &s->image, some_number(s, 0, s->sim.numbers));
	render(s);
	return true;
}

static bool honest_at_least(struct scene *s)
{
	uint32_t set = some_set(s);

	sim_cut(&s->sim, &s->image, some_number(s, s->sim.set_end[set], s->sim.numbers));
	render(s);
	add_set(s, "--at-least", set);
	return true;
}

static bool honest_all(struct scene *s)
{
	sim_cut(&s->sim, &s->image, s->sim.numbers);
	render(s);
	add_arg(s, "--all");
	return true;
}

static bool honest_initial(struct scene *s)
{
	s->initial = true;
	return honest_set(s);
}

/* The machine stopped: the log ends anywhere behind the last submission of the cut. */
static bool honest_truncated(struct scene *s)
{
	uint32_t number = some_number(s, 1, s->sim.numbers), least = 0;

	for (uint32_t n = 0; n < number; n++)
		if (s->sim.write[s->sim.by_number[n]].begin > least)
			least = s->sim.write[s->sim.by_number[n]].begin;
	sim_cut(&s->sim, &s->image, number);
	render(s);
	s->log_bytes = some_number(s, (least + 1) * 64, s->sim.records * 64);
	return true;
}

/* What was in flight when the primary crashed is there in part. */
static bool honest_crashed(struct scene *s)
{
	sim_cut(&s->sim, &s->image, s->sim.numbers);
	for (uint32_t i = 0; i < s->sim.writes; i++) {
		struct sim_write *w = &s->sim.write[i];

		if (w->end != UINT32_MAX)
			continue;
		w->hit = (uint32_t)sim_random(&s->rnd);
		sim_apply(&s->sim, &s->image, i);
	}
	render(s);
	add_arg(s, "--primary-crashed");
	return true;
}

/* ---- spoiled ones ---- */

#define T(token) (1u << (token))

/* A write that must show at @number of the image, and 3 that should be there too and are not. */
static bool future_write(struct scene *s)
{
	uint32_t cut = some_number(s, 0, s->sim.numbers / 2), after = last_end(s, cut), missing = 0;
	const struct sim_write *u;
	uint32_t id;

	id = s->sim.by_number[some_number(s, cut, s->sim.numbers - 1)];
	u = &s->sim.write[id];
	sim_cut(&s->sim, &s->image, cut);
	for (uint32_t n = cut; n < s->sim.numbers; n++) {
		const struct sim_write *v = &s->sim.write[s->sim.by_number[n]];

		missing += v->begin > after && v->end < u->begin && v->volume == u->volume &&
			   (v->block < u->block || v->block + v->nblocks > u->block + u->nblocks);
	}
	if (missing < 3 || u->zero)
		return false;
	sim_apply(&s->sim, &s->image, id);
	render(s);
	s->wanted = T(FUTURE_WRITE);
	return true;
}

/* All but write @id, up to @number. */
static void cut_without(struct scene *s, uint32_t number, uint32_t id)
{
	sim_image_init(&s->image);
	for (uint32_t n = 0; n < number; n++)
		if (s->sim.by_number[n] != id)
			sim_apply(&s->sim, &s->image, s->sim.by_number[n]);
}

/* Is there a block of @id where a cut up to @number shows it and the image something before it? */
static bool misses(const struct scene *s, uint32_t number, uint32_t id)
{
	const struct sim_write *w = &s->sim.write[id];
	struct sim_image with;

	sim_cut(&s->sim, &with, number);
	for (uint32_t b = w->block; b < w->block + w->nblocks; b++) {
		int32_t now = s->image.at[w->volume][b];

		if (with.at[w->volume][b] == (int32_t)id &&
		    (now == SIM_OLD || s->sim.write[now].end < w->begin) && !w->zero)
			return true;
		/* For a zeroing old data must show. */
		if (with.at[w->volume][b] == (int32_t)id && w->zero && now != SIM_OLD &&
		    !s->sim.write[now].zero && s->sim.write[now].end < w->begin)
			return true;
	}
	return false;
}

static bool drop(struct scene *s, bool zeroing)
{
	uint32_t cut = some_number(s, s->sim.numbers / 2, s->sim.numbers), seen = 0;
	uint32_t id = s->sim.by_number[some_number(s, 0, cut - 1)];
	const struct sim_write *w = &s->sim.write[id];

	cut_without(s, cut, id);
	for (uint32_t n = 0; n < cut; n++) {
		const struct sim_write *u = &s->sim.write[s->sim.by_number[n]];

		seen += !u->zero && u->begin > w->end && u->volume == w->volume &&
			in_image(s, s->sim.by_number[n]);
	}
	if (seen < 3 || w->zero != zeroing || w->failed || !misses(s, cut, id))
		return false;
	render(s);
	s->wanted = T(LOST_WRITE);
	return true;
}

static bool lost_write(struct scene *s)
{
	return drop(s, false);
}

/* A zero block that another zeroing left looks like a part of this one. */
static bool lost_zeroing(struct scene *s)
{
	s->tolerated = T(SPLIT_WRITE);
	return drop(s, true);
}

/* Does volume @v differ between two cuts in a way that hb forbids, if the others are at @high? */
static bool must_tear(const struct scene *s, unsigned int v, uint32_t low, uint32_t high)
{
	uint32_t last = 0;

	for (uint32_t n = 0; n < high; n++) {
		const struct sim_write *u = &s->sim.write[s->sim.by_number[n]];

		if (u->volume != v && !u->zero && u->begin > last &&
		    in_image(s, s->sim.by_number[n]))
			last = u->begin;
	}
	for (uint32_t n = low; n < high; n++) {
		const struct sim_write *w = &s->sim.write[s->sim.by_number[n]];

		if (w->volume == v && !w->zero && w->end < last && w->begin > last_end(s, low))
			return true;
	}
	return false;
}

static bool torn_volumes(struct scene *s)
{
	unsigned int v = sim_below(&s->rnd, s->sim.setup.volumes);
	uint32_t low = some_number(s, 0, s->sim.numbers);
	uint32_t high = some_number(s, low, s->sim.numbers);
	struct sim_image other;

	sim_cut(&s->sim, &s->image, high);
	sim_cut(&s->sim, &other, low);
	memcpy(s->image.at[v], other.at[v], sizeof(other.at[v]));
	if (!must_tear(s, v, low, high))
		return false;
	render(s);
	s->wanted = T(TORN_CUT);
	/* Zeroes of a write in flight may look like a part of what they covered. */
	s->tolerated = s->sim.setup.zero ? T(SPLIT_WRITE) : 0;
	return true;
}

/* One half of the only volume at another cut, no write lies over the middle. */
static bool torn_halves(struct scene *s)
{
	uint32_t low = some_number(s, 0, s->sim.numbers / 2);
	uint32_t high = some_number(s, s->sim.numbers * 3 / 4, s->sim.numbers);
	struct sim_image other;
	bool upper = sim_below(&s->rnd, 2);

	sim_cut(&s->sim, &s->image, high);
	sim_cut(&s->sim, &other, low);
	for (uint32_t b = 0; b < s->sim.setup.blocks; b++)
		if ((b >= s->sim.setup.blocks / 2) == upper)
			s->image.at[0][b] = other.at[0][b];
	render(s);
	s->wanted = T(TORN_CUT);
	s->tolerated = T(SPLIT_WRITE);
	return true;
}

static bool find_shown(struct scene *s, uint32_t at_least, uint32_t *id, uint32_t *shown)
{
	for (int tries = 0; tries < 200; tries++) {
		const struct sim_write *w;
		uint32_t n = 0;

		*id = sim_below(&s->rnd, s->sim.writes);
		w = &s->sim.write[*id];
		if (w->zero || w->failed)
			continue;
		for (uint32_t b = w->block; b < w->block + w->nblocks; b++)
			if (s->image.at[w->volume][b] == (int32_t)*id)
				shown[n++] = b;
		if (n >= at_least)
			return true;
	}
	return false;
}

/* One block of a write shows what was there before. */
static bool split_write(struct scene *s)
{
	uint32_t cut = some_number(s, s->sim.numbers / 2, s->sim.numbers), id, shown[32], b;
	struct sim_image with;
	const struct sim_write *w;
	int32_t now;

	sim_cut(&s->sim, &s->image, cut);
	if (!find_shown(s, 2, &id, shown))
		return false;
	w = &s->sim.write[id];
	b = shown[0];
	with = s->image;
	cut_without(s, cut, id);
	now = s->image.at[w->volume][b];
	s->image = with;
	if (now != SIM_OLD && (s->sim.write[now].end >= w->begin || s->sim.write[now].zero))
		return false;
	s->image.at[w->volume][b] = now;
	render(s);
	s->wanted = T(SPLIT_WRITE);
	return true;
}

/* One block of a zeroing shows data from before it, others show its zeroes over data. */
static bool split_zeroing(struct scene *s)
{
	uint32_t cut = some_number(s, s->sim.numbers / 2, s->sim.numbers), id, over = 0, other = 0;
	struct sim_image with;
	const struct sim_write *w;

	sim_cut(&s->sim, &with, cut);
	id = s->sim.by_number[some_number(s, 0, cut - 1)];
	w = &s->sim.write[id];
	if (!w->zero || w->end == UINT32_MAX)
		return false;
	cut_without(s, cut, id);
	for (uint32_t b = w->block; b < w->block + w->nblocks; b++) {
		int32_t now = s->image.at[w->volume][b];

		if (with.at[w->volume][b] != (int32_t)id || now == SIM_OLD ||
		    s->sim.write[now].zero || s->sim.write[now].end >= w->begin)
			continue;
		if (!over++)
			other = b;
	}
	for (uint32_t n = 0; n < cut; n++)
		if (s->sim.write[s->sim.by_number[n]].begin > w->end &&
		    in_image(s, s->sim.by_number[n]) && !s->sim.write[s->sim.by_number[n]].zero)
			over |= 1u << 16;
	if ((over & 0xffff) < 2 || !(over >> 16))
		return false;
	with.at[w->volume][other] = s->image.at[w->volume][other];
	s->image = with;
	render(s);
	/* Where another zeroing may have left the zeroes, this one looks lost. */
	s->one_of = T(LOST_WRITE) | T(TORN_CUT) | T(SPLIT_WRITE) | T(FUTURE_WRITE);
	return true;
}

static uint8_t *bytes_at(struct scene *s, unsigned int volume, uint32_t block)
{
	return s->bytes[volume] + (size_t)block * CUT_BLOCK;
}

/* An honest cut and a block of it with data. */
static bool some_block(struct scene *s, unsigned int *volume, uint32_t *block)
{
	uint32_t id, shown[32];

	if (!honest_number(s) || !find_shown(s, 1, &id, shown))
		return false;
	*volume = s->sim.write[id].volume;
	*block = shown[0];
	return true;
}

static bool shifted_block(struct scene *s)
{
	unsigned int v;
	uint32_t b, to;

	if (!some_block(s, &v, &b))
		return false;
	to = b ? b - 1 : b + 1;
	memcpy(bytes_at(s, v, to), bytes_at(s, v, b), CUT_BLOCK);
	s->wanted = T(WRONG_PLACE);
	return true;
}

static bool swapped_volumes(struct scene *s)
{
	uint8_t *first = s->bytes[0];

	sim_cut(&s->sim, &s->image, s->sim.numbers);
	render(s);
	s->bytes[0] = s->bytes[1];
	s->bytes[1] = first;
	s->wanted = T(WRONG_PLACE);
	s->tolerated = ~0u;
	return true;
}

static bool flipped_bit(struct scene *s)
{
	unsigned int v;
	uint32_t b, bit = sim_below(&s->rnd, CUT_BLOCK * 8);

	if (!some_block(s, &v, &b))
		return false;
	bytes_at(s, v, b)[bit / 8] ^= (uint8_t)(1 << bit % 8);
	s->wanted = bit < 64 ? T(UNKNOWN_BLOCK) : T(CORRUPT_BLOCK);
	return true;
}

static bool flipped_zero(struct scene *s)
{
	uint32_t b = sim_below(&s->rnd, s->sim.setup.blocks);
	uint32_t bit = sim_below(&s->rnd, CUT_BLOCK * 8);

	honest_number(s);
	if (s->image.at[0][b] != SIM_OLD)
		return false;
	bytes_at(s, 0, b)[bit / 8] ^= (uint8_t)(1 << bit % 8);
	s->wanted = T(UNKNOWN_BLOCK);
	return true;
}

/* The first sectors of a block are of another write, or of nothing. */
static bool mixed_block(struct scene *s)
{
	unsigned int v;
	uint32_t b, id;

	if (!some_block(s, &v, &b))
		return false;
	for (id = 0; id < s->sim.writes; id++)
		if (sim_covers(&s->sim.write[id], v, b) && (int32_t)id != s->image.at[v][b])
			break;
	if (id < s->sim.writes) {
		uint8_t other[CUT_BLOCK];

		sim_block(&s->sim, id, b, other);
		memcpy(bytes_at(s, v, b), other, 512);
	} else {
		memset(bytes_at(s, v, b) + 512, 0, 512);
	}
	s->wanted = T(CORRUPT_BLOCK);
	return true;
}

static bool noise_block(struct scene *s)
{
	unsigned int v;
	uint32_t b;

	if (!some_block(s, &v, &b))
		return false;
	before_block(0, 1, bytes_at(s, v, b));
	s->wanted = T(UNKNOWN_BLOCK);
	return true;
}

/* Sound, but its write is not in the log. */
static bool unlogged_block(struct scene *s)
{
	struct cut_head head;
	unsigned int v;
	uint32_t b;

	if (!some_block(s, &v, &b))
		return false;
	memcpy(&head, bytes_at(s, v, b), sizeof(head));
	if (sim_below(&s->rnd, 2))
		head.counter += 100000;
	else
		head.run++;
	cut_block_fill(bytes_at(s, v, b), &head);
	s->wanted = T(UNKNOWN_BLOCK);
	return true;
}

/* Sound, but not what the log says of its write. */
static bool contradicting_block(struct scene *s)
{
	struct cut_head head;
	unsigned int v;
	uint32_t b;

	if (!some_block(s, &v, &b))
		return false;
	memcpy(&head, bytes_at(s, v, b), sizeof(head));
	head.index += 1 + sim_below(&s->rnd, 100);
	cut_block_fill(bytes_at(s, v, b), &head);
	s->wanted = T(CORRUPT_BLOCK);
	return true;
}

/* The cut of an earlier set than claimed, and a close says so. */
static bool before_set(struct scene *s)
{
	uint32_t low = some_set(s), high = some_set(s);
	bool shows = false;

	if (low >= high)
		return false;
	sim_cut(&s->sim, &s->image, s->sim.set_end[low]);
	for (uint32_t c = 0; c < s->sim.closes; c++) {
		if (s->sim.close[c].set > high)
			continue;
		for (uint32_t n = s->sim.set_end[low]; n < s->sim.numbers; n++) {
			const struct sim_write *w = &s->sim.write[s->sim.by_number[n]];

			shows |= !w->zero && w->end < s->sim.close[c].begin &&
				 w->begin > last_end(s, s->sim.set_end[low]);
		}
	}
	if (!shows)
		return false;
	render(s);
	add_set(s, sim_below(&s->rnd, 2) ? "--committed" : "--at-least", high);
	s->wanted = T(BEFORE_SET);
	return true;
}

static bool not_all(struct scene *s)
{
	uint32_t cut = some_number(s, 0, s->sim.numbers - 1);
	const struct sim_write *w = &s->sim.write[s->sim.by_number[cut]];

	if (w->zero || w->end == UINT32_MAX || w->begin < last_end(s, cut))
		return false;
	sim_cut(&s->sim, &s->image, cut);
	render(s);
	add_arg(s, "--all");
	s->wanted = T(BEFORE_SET);
	return true;
}

static bool too_few(struct scene *s)
{
	sim_image_init(&s->image);
	render(s);
	add_set(s, "--min-writes", 1);
	s->wanted = T(BEFORE_SET);
	return true;
}

/* The cut of a later set than claimed. */
static bool beyond_set(struct scene *s)
{
	uint32_t low = some_set(s), high = some_set(s);
	bool shows = false;

	if (low >= high)
		return false;
	sim_cut(&s->sim, &s->image, s->sim.set_end[high]);
	for (uint32_t c = 0; c < s->sim.closes; c++)
		for (uint32_t n = 0; n < s->sim.set_end[high]; n++)
			shows |= s->sim.close[c].set >= low && in_image(s, s->sim.by_number[n]) &&
				 !s->sim.write[s->sim.by_number[n]].zero &&
				 s->sim.write[s->sim.by_number[n]].begin > s->sim.close[c].end;
	if (!shows)
		return false;
	render(s);
	add_set(s, "--committed", low);
	s->wanted = T(BEYOND_SET);
	return true;
}

/* ---- */

typedef bool (*scene_fn)(struct scene *s);

static bool as_expected(const struct scene *s, const struct verdict *v)
{
	return v->status == (s->wanted || s->one_of) &&
	       (v->tokens & s->wanted) == s->wanted &&
	       (!s->one_of || (v->tokens & s->one_of)) &&
	       !(v->tokens & ~(s->wanted | s->one_of | s->tolerated));
}

static void cases(const char *name, scene_fn fn, const struct sim_setup *setup, unsigned int rounds)
{
	struct verdict v = { 0 };
	unsigned int made = 0;
	struct scene s;

	for (uint64_t seed = 1; made < rounds && seed < 400ull * rounds; seed++) {
		if (begin(&s, setup, seed * 1000003))
			die("begin");
		if (fn(&s)) {
			made++;
			save_scene(&s);
			run_check(&s, &v);
			if (!as_expected(&s, &v)) {
				outcome(name, "seed %" PRIu64 ": status %d\n%s", seed, v.status,
					v.output);
				end(&s);
				return;
			}
		}
		end(&s);
	}
	/* A case that never occurs proves nothing. */
	if (made < rounds)
		outcome(name, "only %u of %u cases could be made", made, rounds);
	else
		outcome(name, NULL);
}

/* ---- by hand: overlapping writes in flight at once ---- */

struct extent {
	uint32_t block, nblocks;
};

static void submit_by_hand(struct sim *sim, const struct extent *e, uint16_t writer)
{
	struct cut_record *rec = &sim->record[sim->records];

	*rec = (struct cut_record) {
		.kind = CUT_SUBMIT, .run = 7, .position = sim->records, .writer = writer,
		.block = e->block, .nblocks = e->nblocks,
	};
	sim->write[sim->writes++] = (struct sim_write) {
		.block = e->block, .nblocks = e->nblocks, .begin = sim->records++,
		.end = UINT32_MAX, .writer = writer, .hit = UINT32_MAX,
	};
}

/* @shown: the write seen on each of the first blocks. */
static void by_hand(const char *name, const struct extent *e, uint32_t n, const int32_t *shown,
		    uint32_t blocks, const char *arg, bool ok)
{
	static const struct sim_setup setup = {
		.volumes = 1, .blocks = 96, .writers = 8, .writes = 8, .largest = 8,
	};
	struct verdict v;
	struct scene s;

	if (begin(&s, &setup, 1))
		die("begin");
	s.sim.records = 2;
	s.sim.writes = 0;
	for (uint32_t i = 0; i < n; i++)
		submit_by_hand(&s.sim, &e[i], (uint16_t)i);
	sim_image_init(&s.image);
	for (uint32_t b = 0; b < blocks; b++)
		s.image.at[0][b] = shown[b];
	if (arg)
		add_arg(&s, arg);
	render(&s);
	save_scene(&s);
	run_check(&s, &v);
	if (v.status != !ok || v.tokens != (ok ? 0 : T(SPLIT_WRITE)))
		outcome(name, "status %d\n%s", v.status, v.output);
	else
		outcome(name, NULL);
	end(&s);
}

/* One after the other: data on four blocks, zeroes on two of them, data elsewhere. */
static void half_a_zeroing(void)
{
	static const struct sim_setup setup = {
		.volumes = 1, .blocks = 96, .writers = 1, .writes = 3, .largest = 1,
	};
	static const uint32_t block[3] = { 0, 1, 8 }, nblocks[3] = { 4, 2, 1 };
	struct verdict v;
	struct scene s;

	if (begin(&s, &setup, 1))
		die("begin");
	for (uint32_t i = 0, w = 0; i < s.sim.records; i++) {
		struct cut_record *rec = &s.sim.record[i];

		if (rec->kind != CUT_SUBMIT)
			continue;
		rec->block = block[w];
		rec->nblocks = nblocks[w];
		rec->flags = w == 1 ? CUT_F_ZERO : 0;
		s.sim.write[w].block = block[w];
		s.sim.write[w].nblocks = nblocks[w];
		s.sim.write[w].zero = w == 1;
		w++;
	}
	sim_cut(&s.sim, &s.image, 3);
	s.image.at[0][2] = 0;
	render(&s);
	save_scene(&s);
	run_check(&s, &v);
	if (v.status != 1 || v.tokens != T(SPLIT_WRITE))
		outcome("split-zeroing-alone", "status %d\n%s", v.status, v.output);
	else
		outcome("split-zeroing-alone", NULL);
	end(&s);
}

static void overlaps(void)
{
	static const struct extent two[] = { { 0, 3 }, { 1, 3 } };
	static const struct extent three[] = { { 0, 2 }, { 1, 2 }, { 0, 3 } };
	static const int32_t whole[] = { 0, 1, 1, 1 }, mixed[] = { 0, 0, 1, 1 };
	static const int32_t circle[] = { 0, 1, 2 };	/* 2 < 0 < 1 < 2 */

	by_hand("overlap-one-wins", two, 2, whole, 4, NULL, true);
	by_hand("overlap-each-wins", two, 2, mixed, 4, NULL, false);
	by_hand("overlap-each-wins-any-order", two, 2, mixed, 4, "--any-order", true);
	by_hand("overlap-circle", three, 3, circle, 3, NULL, false);
	by_hand("overlap-circle-any-order", three, 3, circle, 3, "--any-order", true);
}

/* ---- damaged logs must not give a verdict ---- */

static void damaged(const char *name, int how)
{
	struct verdict v;
	struct scene s;
	uint32_t at;

	if (begin(&s, &usual, 5))
		die("begin");
	honest_number(&s);
	save_scene(&s);
	at = 20 + sim_below(&s.rnd, s.sim.records / 2);
	if (how == 0)
		((uint8_t *)&s.sim.record[at])[17] ^= 4;
	else if (how == 1)
		memmove(&s.sim.record[at], &s.sim.record[at + 1],
			(s.sim.records-- - at - 1) * sizeof(s.sim.record[0]));
	else
		memset(&s.sim.record[at], 0, sizeof(s.sim.record[0]));
	save("log", 0, s.sim.record, s.sim.records * sizeof(s.sim.record[0]));
	run_check(&s, &v);
	if (v.status != 2)
		outcome(name, "status %d\n%s", v.status, v.output);
	else
		outcome(name, NULL);
	end(&s);
}

static void honest(unsigned int rounds)
{
	struct sim_setup zeroing = usual, failing = usual, calm = usual;

	cases("honest-set", honest_set, &usual, rounds);
	cases("honest-number", honest_number, &usual, rounds);
	cases("honest-at-least", honest_at_least, &usual, rounds);
	cases("honest-all", honest_all, &usual, rounds);
	cases("honest-initial", honest_initial, &usual, rounds);
	cases("honest-truncated-log", honest_truncated, &usual, rounds);
	cases("honest-primary-crashed", honest_crashed, &usual, rounds);
	zeroing.zero = 20;
	cases("honest-zeroing-set", honest_set, &zeroing, rounds);
	cases("honest-zeroing-number", honest_number, &zeroing, rounds);
	cases("honest-zeroing-all", honest_all, &zeroing, rounds);
	cases("honest-zeroing-initial", honest_initial, &zeroing, rounds);
	failing.fail = 10;
	failing.zero = 5;
	cases("honest-failing-set", honest_set, &failing, rounds);
	cases("honest-failing-all", honest_all, &failing, rounds);
	cases("honest-failing-primary-crashed", honest_crashed, &failing, rounds);
	calm.in_flight = false;
	calm.writers = 1;
	cases("honest-one-writer", honest_set, &calm, rounds);
}

static void spoiled(unsigned int rounds)
{
	struct sim_setup single = usual, aligned = usual, zeroing = usual;

	cases("future-write", future_write, &usual, rounds);
	cases("lost-write", lost_write, &usual, rounds);
	cases("torn-cut-volumes", torn_volumes, &usual, rounds);
	single.volumes = 1;
	cases("future-write-one-volume", future_write, &single, rounds);
	cases("lost-write-one-volume", lost_write, &single, rounds);
	aligned.volumes = 1;
	aligned.largest = 1;
	cases("torn-cut-halves", torn_halves, &aligned, rounds);
	cases("torn-cut-halves-split", torn_halves, &single, rounds);
	cases("split-write", split_write, &usual, rounds);
	cases("wrong-place-shifted", shifted_block, &usual, rounds);
	cases("wrong-place-swapped", swapped_volumes, &usual, rounds / 4 + 1);
	cases("corrupt-block-bit", flipped_bit, &usual, rounds);
	cases("unknown-block-bit-in-zeroes", flipped_zero, &usual, rounds);
	cases("corrupt-block-mixed", mixed_block, &usual, rounds);
	cases("unknown-block-noise", noise_block, &usual, rounds);
	cases("unknown-block-not-logged", unlogged_block, &usual, rounds);
	cases("corrupt-block-contradicts-log", contradicting_block, &usual, rounds);
	cases("before-set", before_set, &usual, rounds);
	cases("before-set-not-all", not_all, &usual, rounds);
	cases("before-set-too-few", too_few, &usual, rounds / 4 + 1);
	cases("beyond-set", beyond_set, &usual, rounds);
	zeroing.zero = 20;
	cases("lost-zeroing", lost_zeroing, &zeroing, rounds);
	cases("split-zeroing", split_zeroing, &zeroing, rounds);
	cases("lost-write-among-zeroings", lost_write, &zeroing, rounds);
	cases("torn-cut-among-zeroings", torn_volumes, &zeroing, rounds);
	cases("future-write-among-zeroings", future_write, &zeroing, rounds);
	cases("beyond-set-among-zeroings", beyond_set, &zeroing, rounds);
	cases("before-set-among-zeroings", before_set, &zeroing, rounds);
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 3 ? (unsigned int)atoi(argv[3]) : 40;

	if (argc < 3 || !rounds) {
		fprintf(stderr, "usage: afar-cut-selftest DIR CUTCHECK [ROUNDS]\n");
		return 2;
	}
	dir = argv[1];
	cutcheck = argv[2];
	brute_force(rounds * 5);
	honest(rounds);
	spoiled(rounds);
	overlaps();
	half_a_zeroing();
	damaged("damaged-log-bit", 0);
	damaged("damaged-log-hole", 1);
	damaged("damaged-log-zeroes", 2);
	printf("%u passed, %u failed\n", passed, failed);
	return failed ? 1 : 0;
}
