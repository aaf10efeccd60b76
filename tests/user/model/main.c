// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: model [check SECONDS]		walks with all rules, then with each one left out
 *	  model walk SEED [RULE]	one walk, with a trace; RULE is left out
 *	  model rules			names of the rules
 */
#include <stdarg.h>
#include <time.h>
#include "model.h"

#define STEPS	500

static const char *const rules[] = {
	[AFAR_RULE_STAGE_FLUSH] = "stage-flush",
	[AFAR_RULE_ORIGIN_FLUSH] = "origin-flush",
	[AFAR_RULE_COMMIT_FLUSH] = "commit-flush",
	[AFAR_RULE_HEAD_FLUSH] = "head-flush",
	[AFAR_RULE_NEW_TERM] = "new-term",
	[AFAR_RULE_EPOCH] = "epoch",
	[AFAR_RULE_VERIFY_FIRST] = "verify-first",
	[AFAR_RULE_ROOM] = "room",
	[AFAR_RULE_OVERLAP] = "overlap",
};

struct tally tally;
static struct world world;

void violated(struct world *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(w->what, sizeof(w->what), format, args);
	va_end(args);
	longjmp(w->fail, 1);
}

void trace(struct world *w, const char *format, ...)
{
	va_list args;

	if (!w->verbose)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* ---- what may happen ----------------------------------------------------------------------- */

static struct node *primary(struct world *w)
{
	if (w->node[0].running)
		return &w->node[0];
	return w->node[1].running ? &w->node[1] : NULL;
}

static struct node *secondary(struct world *w)
{
	struct node *p = primary(w), *s = p == &w->node[0] ? &w->node[1] : &w->node[0];

	if (!p && !s->up)
		s = &w->node[1];
	return s->up && !s->running ? s : NULL;
}

/*
 * The operator makes a pair again: the other node gets a blank journal and a copy of this one's
 * volumes, and this one begins a term with equal devices.
 */
static void rebuild(struct world *w, struct node *p)
{
	struct node *s = p == &w->node[0] ? &w->node[1] : &w->node[0];

	if (w->histories >= TERMS - 1 || primary_writing(p))
		return;
	link_drop(w);
	if (s->up)
		node_crash(w, s);
	node_format(w, s);
	memcpy(s->origin.now, p->origin.now, sizeof(s->origin.now));
	origin_flush(&s->origin);
	node_restart(w, s);
	node_promote(w, p, true);
}

/* All that was written is acknowledged, and no set is open: a primary can stop without a scar. */
static bool can_stop(const struct node *n)
{
	u64 seq;

	for (seq = 1; seq < n->sets.next; seq++)
		if (n->stream[seq].local != GONE)
			return false;
	return afar_sets_empty(&n->sets);
}

static void misfortune(struct world *w)
{
	struct node *n = &w->node[below(w, 2)], *p = primary(w), *s = secondary(w);

	switch (below(w, 8)) {
	case 0:
		if (n->up)
			node_crash(w, n);
		break;
	case 1:
	case 2:
		if (s && s->writing.count)
			node_crash(w, s);
		break;
	case 3:
		link_drop(w);
		break;
	case 4:
		if (p && can_stop(p))
			node_stop(w, p);
		break;
	case 5:
		/* failover: the primary is gone */
		if (!p && n->up && !n->broken && n->super.flags & AFAR_SUPER_TERM &&
		    w->histories < TERMS - 1)
			node_promote(w, n, false);
		break;
	case 6:
		/* a drill: promoted though the other one lives */
		if (!n->running && n->up && !n->broken && n->super.flags & AFAR_SUPER_TERM &&
		    w->histories < TERMS - 1 && one_in(w, 6)) {
			if (p)
				node_crash(w, p);
			node_promote(w, n, false);
		}
		break;
	default:
		if (p && one_in(w, 4))
			rebuild(w, p);
	}
}

/* What is down comes up, what is apart connects; without a usable pair the operator steps in. */
static void mend(struct world *w)
{
	struct node *n = &w->node[below(w, 2)], *p;

	if (!n->up)
		node_restart(w, n);
	if (n->broken) {
		/* its journal is refused: a blank one */
		p = n == &w->node[0] ? &w->node[1] : &w->node[0];
		if (p->running) {
			rebuild(w, p);
		} else {
			node_format(w, n);
			node_restart(w, n);
		}
		return;
	}
	p = primary(w);
	if (!p && n->super.role == AFAR_PRIMARY && one_in(w, 2) && w->histories < TERMS - 1)
		node_promote(w, n, false);
	link_connect(w);
	p = primary(w);
	if (p && !w->link.session && one_in(w, 8))
		rebuild(w, p);
}

static void step(struct world *w)
{
	struct node *p = primary(w), *s = secondary(w);

	if (w->rough && p && (!s || !w->link.session) && one_in(w, 3)) {
		mend(w);
		return;
	}
	switch (below(w, 40)) {
	case 0 ... 7:
		if (p)
			primary_write(w, p);
		break;
	case 8 ... 14:
		if (p)
			primary_done(w, p);
		break;
	case 15:
		if (p && one_in(w, 3))
			primary_close(w, p);
		break;
	case 16 ... 21:
		if (p && w->link.session)
			primary_ship(w, p);
		break;
	case 22 ... 27:
		link_deliver(w);
		break;
	case 28 ... 29:
		if (s && !s->broken && writer_place(w, s) && w->rough && one_in(w, 4))
			node_crash(w, s);
		break;
	case 30:
		if (s && !s->broken)
			writer_flush(w, s);
		break;
	case 31:
		link_say(w);
		break;
	case 32 ... 35:
		if (s)
			committer_step(w, s);
		break;
	case 36:
		if (s && !s->broken)
			head_step(w, s);
		break;
	case 37:
		disk_destage(w, &w->node[below(w, 2)].journal);
		origin_destage(w, &w->node[below(w, 2)].origin);
		break;
	case 38:
		if (s && w->rot && one_in(w, 8))
			secondary_rot(w, s);
		else if (s)
			secondary_unload(w, s);
		break;
	default:
		if (one_in(w, 4))
			misfortune(w);
		else
			mend(w);
	}
}

/* ---- the end of a walk --------------------------------------------------------------------- */

static bool settle_step(struct world *w, struct node *p, struct node *s)
{
	u32 i;

	if (primary_done(w, p) || link_deliver(w) || link_say(w) || writer_flush(w, s) ||
	    writer_place(w, s) || committer_step(w, s) || head_step(w, s))
		return true;
	/* it picks at random, and may have picked what cannot be shipped */
	for (i = 0; i < 200; i++)
		if (primary_ship(w, p))
			return true;
	return false;
}

/* With the nodes up and the link live all that was written arrives: nothing is stuck. */
static void settle(struct world *w)
{
	struct node *p, *s;
	u32 i;

	for (i = 0; i < 1000 && !w->link.session; i++) {
		p = primary(w);
		while (p && primary_done(w, p))
			;
		mend(w);
	}
	if (!w->link.session)
		violated(w, "the nodes do not find each other");
	p = &w->node[w->link.primary];
	s = &w->node[!w->link.primary];
	if (!afar_sets_empty(&p->sets))
		primary_close(w, p);
	while (settle_step(w, p, s))
		;
	if (s->broken)
		return;
	if (s->t.committed.set != p->sets.closed.set)
		violated(w, "stuck: set %llu is closed, %llu is committed, credit is %llu",
			 p->sets.closed.set, s->t.committed.set, s->t.credit);
	if (memcmp(s->origin.now, p->origin.now, sizeof(p->origin.now)))
		violated(w, "at rest the volumes differ");
	for (i = 1; i < p->sets.next; i++)
		if (p->stream[i].local != GONE)
			violated(w, "at rest number %u is not acknowledged", i);
}

static void leave(struct world *w)
{
	static const struct afar_cut none;
	u32 i;

	for (i = 0; i < 2; i++) {
		if (w->node[i].t.sets.next)
			afar_tracker_reset(&w->node[i].t, &none);
	}
}

/* One life of two nodes; false: it ended with a violation, see @w->what. */
static bool walk(struct world *w, u32 seed, bool verbose)
{
	u32 i, n;

	w->r = afar_random_seed(seed);
	w->verbose = verbose;
	w->rot = seed % 5 == 0;
	w->single = seed % 2;
	w->rough = seed % 3 == 0;
	w->histories = 0;
	w->uuids = 0;
	w->writes = 0;
	w->clock = 1000;
	w->what[0] = '\0';
	frames_reset(w);
	memset(&w->link, 0, offsetof(struct link, due));
	w->link.dues = 0;
	tally.walks++;
	if (setjmp(w->fail)) {
		leave(w);
		return false;
	}
	for (i = 0; i < 2; i++) {
		memset(&w->node[i], 0, sizeof(w->node[i]));
		afar_tracker_init(&w->node[i].t, RING, LARGEST);
		node_format(w, &w->node[i]);
		node_restart(w, &w->node[i]);
	}
	node_promote(w, &w->node[0], true);
	for (n = STEPS / 2 + below(w, STEPS); n; n--) {
		step(w);
		tally.steps++;
	}
	settle(w);
	leave(w);
	return true;
}

/* ---- main ---------------------------------------------------------------------------------- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int one_walk(u32 seed, const char *rule)
{
	u32 i;

	for (i = 0; rule && i < ARRAY_SIZE(rules); i++)
		if (!strcmp(rule, rules[i]))
			afar_rules_off = 1UL << i;
	if (rule && !afar_rules_off) {
		fprintf(stderr, "model: no rule %s\n", rule);
		return 2;
	}
	if (walk(&world, seed, true))
		return 0;
	printf("violated: %s\n", world.what);
	return 1;
}

/* Walks until one is caught or @seconds are over; number of walks that it took, 0: not caught. */
static u32 hunt(u32 seed, double seconds)
{
	double end = now() + seconds;
	u32 i;

	for (i = 0; now() < end; i++)
		if (!walk(&world, seed + i, false))
			return i + 1;
	return 0;
}

static void print_tally(void)
{
	printf("  %llu steps, %llu writes, %llu commits, %llu crashes, %llu promotions,\n"
	       "  %llu sessions, %llu duplicates, %llu replays of %llu records, %llu torn blocks,\n"
	       "  %llu laps of a ring, %llu runs that could not be read\n",
	       tally.steps, tally.writes, tally.commits, tally.crashes, tally.promotions,
	       tally.sessions, tally.duplicates, tally.replays, tally.records, tally.torn,
	       tally.laps, tally.refused_runs);
}

/* Half of the time with all rules; then each of them is left out until that is caught. */
static int check(double seconds)
{
	u32 failed = 0, i, taken;

	setvbuf(stdout, NULL, _IOLBF, 0);
	taken = hunt(1, seconds / 2);
	failed += !!taken;
	if (taken)
		printf("not ok all rules: seed %u: %s\n", taken, world.what);
	else
		printf("ok all rules: %llu walks\n", tally.walks);
	print_tally();
	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		afar_rules_off = 1UL << i;
		taken = hunt(1, seconds);
		failed += !taken;
		if (taken)
			printf("ok without %s: walk %u: %s\n", rules[i], taken, world.what);
		else
			printf("not ok without %s: not caught\n", rules[i]);
	}
	printf("%zu passed, %u failed\n", ARRAY_SIZE(rules) + 1 - failed, failed);
	return !!failed;
}

int main(int argc, char **argv)
{
	u32 i;

	if (argc > 2 && !strcmp(argv[1], "walk"))
		return one_walk(atoi(argv[2]), argc > 3 ? argv[3] : NULL);
	if (argc == 2 && !strcmp(argv[1], "rules")) {
		for (i = 0; i < ARRAY_SIZE(rules); i++)
			printf("%s\n", rules[i]);
		return 0;
	}
	if (argc == 1 || (argc == 3 && !strcmp(argv[1], "check")))
		return check(argc == 3 ? atof(argv[2]) : 16);
	fprintf(stderr, "usage: model [check SECONDS | walk SEED [RULE] | rules]\n");
	return 2;
}
