// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two nodes that change places: writes, commits, crashes, promotions that nobody should have made,
 * histories that are given up, and disks that are put back, at random. Whenever a node has
 * committed all that its primary has their images are equal: the set bits of both have covered
 * every difference (R2, R3, R9).
 *
 * The decisions are those of core/term.c; what the rest of the module does around them is told in
 * few words here: a volume of CHUNKS chunks, and a set for each write.
 */
#include "../rule.h"
#include "../term.h"
#include "suites.h"
#include "util.h"

#define CHUNKS	6
#define SETS	8

struct chunk_write {
	u32 chunk;	/* CHUNKS: a scan has ended */
	u32 value;
};

/* @last: number that touched a chunk last; AFAR_MAP_NEVER: no cut covers it */
struct node {
	struct afar_super_info super;
	struct afar_map_base base;
	bool running;
	u64 generation;
	u32 content[CHUNKS];
	bool bit[CHUNKS];
	u64 last[CHUNKS];
	/* as primary */
	bool dirty;
	u64 set;
	u64 committed;
	struct chunk_write stream[SETS];
	/* a resync set is open, or was and is not committed; what it stands on */
	bool stands;
	bool in_place;
	bool scan[CHUNKS];
	bool ended;
	bool peer_discarded;
	u64 peer_generation;
	struct afar_chain_entry peer_cut;
};

struct world {
	struct node node[2];
	struct node kept[2];
	struct afar_random random;
	struct afar_hello_info mine;
	struct afar_hello_info theirs;
	u32 stamp;
	bool linked;		/* node[secondary] follows the other one */
	u32 secondary;
	u32 syncs;
	u32 returns;
	u32 told;		/* chunks that need not be compared when a node returned */
	const char *bad;
};

static struct afar_uuid uuid_of(u32 n)
{
	return (struct afar_uuid){ .b = { 0x78, n, n >> 8, n >> 16, n >> 24 } };
}

static void make(struct node *n, struct afar_uuid id, struct afar_uuid journal)
{
	n->super.node = id;
	n->super.journal = journal;
	n->super.role = AFAR_SECONDARY;
	n->super.block_size = AFAR_BLOCK;
	n->generation = 1;
}

static bool is_torn(const struct node *n)
{
	return n->super.committing > n->super.committed.set;
}

static void wipe(struct node *n)
{
	memset(n->bit, 0, sizeof(n->bit));
	memset(&n->base, 0, sizeof(n->base));
	n->generation++;
}

static void give_up_stream(struct world *w, struct node *n)
{
	u32 c;

	n->dirty = true;
	n->stands = false;
	memset(n->scan, 0, sizeof(n->scan));
	for (c = 0; c < CHUNKS; c++)
		n->last[c] = AFAR_MAP_NEVER;
	w->linked = false;
}

/* Of its chunk map, as its peer is to judge it. */
static u64 generation_of(const struct node *n)
{
	return n->super.role == AFAR_PRIMARY && n->super.left_generation ?
	       n->super.left_generation : n->generation;
}

static void begin_term(struct world *w, struct node *n, const struct afar_cut *left, u32 flag)
{
	struct afar_uuid id = uuid_of(1000 + w->stamp++);

	afar_term_raise(&n->super, &id, left, 1);
	n->super.flags |= flag;
	n->super.role = AFAR_PRIMARY;
	n->running = true;
	n->set = 0;
	n->committed = 0;
	if (n->super.peer_generation == AFAR_GONE_BACK) {
		n->super.peer_generation = 0;
		memset(&n->super.peer_journal, 0, sizeof(n->super.peer_journal));
	}
	give_up_stream(w, n);
	n->dirty = flag & AFAR_SUPER_RESYNC;
}

static void renew(struct world *w, struct node *n)
{
	struct afar_cut open = { AFAR_LEFT_OPEN, generation_of(n), 0 };

	begin_term(w, n, &open, AFAR_SUPER_RESYNC);
}

static void write(struct world *w, struct node *n)
{
	u32 c = afar_random_below(&w->random, CHUNKS);

	n->content[c] = ++w->stamp;
	n->generation += !n->bit[c];
	n->bit[c] = true;
	if (n->dirty)
		return;
	if (n->stands && !n->in_place) {
		/* in the resync set, with what it reads */
		n->scan[c] = true;
		return;
	}
	if (n->set - n->committed == SETS) {
		give_up_stream(w, n);
		return;
	}
	n->stream[n->set++ % SETS] = (struct chunk_write){ c, w->stamp };
	n->last[c] = n->set;
}

static void expect_equal(struct world *w)
{
	u32 c;

	for (c = 0; c < CHUNKS; c++)
		if (w->node[0].content[c] != w->node[1].content[c])
			w->bad = "the images differ";
	w->syncs++;
}

static void note_base(struct node *p, const struct node *s)
{
	p->base = (struct afar_map_base){
		.journal = s->super.journal, .term = p->super.term, .set = p->committed,
		.seq = p->committed,
	};
	p->generation++;
}

static void back_at_a_cut(struct node *p, struct node *s)
{
	note_base(p, s);
	s->super.committing = 0;
	if (s->super.flags & AFAR_SUPER_DISCARDED)
		wipe(s);
	s->super.flags &= ~AFAR_SUPER_DISCARDED;
	p->super.flags &= ~AFAR_SUPER_RESYNC;
	p->stands = false;
}

/* The whole resync set is committed. */
static void commit_resync(struct world *w, struct node *p, struct node *s)
{
	u32 c;

	for (c = 0; c < CHUNKS; c++) {
		if (!p->scan[c])
			continue;
		s->content[c] = p->content[c];
		p->last[c] = 1;
		p->scan[c] = false;
	}
	p->set = 1;
	p->committed = 1;
	s->super.committed = (struct afar_cut){ 1, 1, 0 };
	s->super.peer_generation = max(s->super.peer_generation, p->generation);
	back_at_a_cut(p, s);
	expect_equal(w);
}

static void commit_set(struct world *w, struct node *p, struct node *s)
{
	const struct chunk_write *x = &p->stream[p->committed % SETS];

	if (p->committed == p->set)
		return;
	p->committed++;
	s->super.committed = (struct afar_cut){ p->committed, p->committed, 0 };
	s->super.peer_generation = max(s->super.peer_generation, p->generation);
	if (x->chunk == CHUNKS)
		back_at_a_cut(p, s);
	else
		s->content[x->chunk] = x->value;
	if (p->committed == p->set && !p->stands && !is_torn(s))
		expect_equal(w);
}

/* In place: a chunk rides in a set of its own, and so does the word that all have. */
static void scan(struct node *p)
{
	u32 c;

	if (p->ended || p->set - p->committed == SETS)
		return;
	for (c = 0; c < CHUNKS && !p->scan[c]; c++)
		;
	p->stream[p->set++ % SETS] = (struct chunk_write){ c, c < CHUNKS ? p->content[c] : 0 };
	p->ended = c == CHUNKS;
	if (p->ended)
		return;
	p->scan[c] = false;
	p->last[c] = p->set;
}

static void commit(struct world *w)
{
	struct node *s = &w->node[w->secondary], *p = &w->node[!w->secondary];

	if (!w->linked)
		return;
	if (p->stands && !p->in_place)
		commit_resync(w, p, s);
	else if (p->stands && afar_random_one_in(&w->random, 2))
		scan(p);
	else
		commit_set(w, p, s);
}

static void clear(struct world *w)
{
	struct node *s = &w->node[w->secondary], *p = &w->node[!w->secondary];
	u32 c;

	if (!w->linked || !p->committed)
		return;
	note_base(p, s);
	for (c = 0; c < CHUNKS; c++)
		if (!p->scan[c] && p->last[c] <= p->committed)
			p->bit[c] = false;
}

static void hello_of(struct node *n, const struct afar_hello_info *theirs,
		     const struct afar_term *term, struct afar_hello_info *hello)
{
	afar_hello_fill(hello, &n->super);
	hello->map_generation = generation_of(n);
	hello->committed = n->running ? n->committed : n->super.committed.set;
	hello->replicated = hello->committed;
	if (n->super.role == AFAR_SECONDARY && is_torn(n))
		hello->flags |= AFAR_HELLO_NO_CUT;
	else
		hello->flags &= ~AFAR_HELLO_DISCARDED;
	if (hello->flags & AFAR_HELLO_DISCARDED && theirs &&
	    afar_history_covered(&n->super, &n->base, theirs, term))
		hello->flags |= AFAR_HELLO_SPANS;
}

static u32 judge(struct node *n, struct node *peer, struct afar_hello_info *theirs, bool *adopt)
{
	return afar_hello_judge(&n->super, theirs, &peer->super.term, adopt);
}

/* What was primary becomes secondary: by itself, or because somebody says so. */
static bool come_back(struct world *w, struct node *p, struct node *s,
		      const struct afar_hello_info *theirs, bool discard)
{
	u32 dirty = 0, c, common = 0;
	struct afar_cut cut;
	bool contained;

	for (c = 0; c < CHUNKS; c++)
		dirty += s->bit[c];
	contained = !s->running &&
		    afar_history_contained(&s->super, &s->base, dirty, generation_of(s), theirs,
					   &cut);
	if (!contained) {
		int r = afar_history_fork(&s->super, &p->super.term, &theirs->chain, &cut);

		if (!discard || r < 0)
			return false;
		common = r;
		s->super.left_generation = generation_of(s);
		for (c = 0; c < CHUNKS; c++)
			s->bit[c] |= !afar_history_covered(&s->super, &s->base, theirs,
							   &p->super.term);
	}
	s->running = false;
	afar_history_give_up(&s->super, common, generation_of(s));
	s->super.role = AFAR_SECONDARY;
	s->super.flags &= ~(AFAR_SUPER_CLEAN | AFAR_SUPER_EQUAL | AFAR_SUPER_RESYNC);
	s->super.committed = cut;
	s->super.committing = contained ? 0 : AFAR_NO_CUT;
	if (contained) {
		wipe(s);
		s->super.left_generation = 0;
	} else {
		s->super.flags |= AFAR_SUPER_DISCARDED;
		if (afar_uuid_equal(&theirs->peer_journal, &s->super.journal) &&
		    theirs->peer_generation < AFAR_GONE_BACK / 2)
			s->generation = max(s->generation, theirs->peer_generation);
		s->generation += 1 + (u64)afar_random(&w->random);
	}
	w->returns++;
	return true;
}

static void know_peer(struct node *s, const struct afar_hello_info *theirs)
{
	u64 known = afar_hello_generation(&s->super, theirs);

	if (!afar_uuid_equal(&s->super.peer_journal, &theirs->journal))
		s->super.peer_generation = 0;
	s->super.peer_journal = theirs->journal;
	s->super.peer_generation = max(s->super.peer_generation, known);
}

static void follow(struct node *p, struct node *s)
{
	bool torn = is_torn(s);
	struct afar_cut left = s->super.committed;
	u32 c, dirty = 0;

	for (c = 0; c < CHUNKS; c++)
		dirty += s->bit[c];
	if (!(s->super.flags & AFAR_SUPER_TERM)) {
		s->super.term = p->super.term;
		s->super.group = p->super.group;
		s->super.flags |= AFAR_SUPER_TERM;
		s->super.chain.count = 0;
		s->super.committing = p->super.flags & AFAR_SUPER_RESYNC ? AFAR_NO_CUT : 0;
		if (!s->super.committing)
			s->super.flags |= AFAR_SUPER_EQUAL;
		wipe(s);
		return;
	}
	if (dirty && !(s->super.flags & AFAR_SUPER_DISCARDED))
		wipe(s);
	s->super.committing = torn ? AFAR_NO_CUT : 0;
	afar_term_follow(&s->super, &p->super.term, &left, 1);
}

static bool is_elsewhere(const struct node *p, const struct node *s,
			 const struct afar_hello_info *hello)
{
	if (hello->flags & AFAR_HELLO_DISCARDED &&
	    !(p->stands && p->peer_discarded && p->peer_generation == s->generation))
		return true;
	return p->stands && !hello->replicated &&
	       memcmp(&p->peer_cut, &hello->chain.entry[0], sizeof(p->peer_cut));
}

static void begin_scan(struct world *w, struct node *p, struct node *s,
		       const struct afar_hello_info *hello)
{
	bool marked = afar_history_marked(&p->super, &p->base, hello);
	u32 c;

	for (c = 0; c < CHUNKS; c++) {
		p->generation++;
		p->bit[c] |= !marked;
		if (hello->flags & AFAR_HELLO_DISCARDED && afar_rule(AFAR_RULE_RETURNED))
			p->bit[c] |= s->bit[c];
		p->scan[c] = p->bit[c];
		w->told += hello->flags & AFAR_HELLO_DISCARDED && !p->bit[c];
	}
	p->dirty = false;
	p->stands = true;
	p->ended = false;
	p->in_place = is_torn(s);
	p->peer_discarded = hello->flags & AFAR_HELLO_DISCARDED;
	p->peer_generation = s->generation;
	p->peer_cut = hello->chain.entry[0];
	if (p->in_place)
		s->super.committing = AFAR_NO_CUT;
}

/* One handshake. Returns whether another one would get further. */
static bool shake_hands(struct world *w, struct node *p, struct node *s, bool discard)
{
	struct afar_hello_info *mine = &w->mine, *theirs = &w->theirs;
	bool adopt;
	u32 r;

	hello_of(p, NULL, NULL, mine);
	r = judge(s, p, mine, &adopt);
	if (s->super.role == AFAR_PRIMARY) {
		if (r != AFAR_BYE_SPLIT || !come_back(w, p, s, mine, discard))
			return false;
		r = judge(s, p, mine, &adopt);
	}
	if (!r)
		know_peer(s, mine);
	if (!r && adopt) {
		/* or it cannot */
		if (afar_random_one_in(&w->random, 8))
			return false;
		follow(p, s);
		/* it goes down before it has said so */
		if (afar_random_one_in(&w->random, 4))
			return false;
	}
	if (!r) {
		know_peer(s, mine);
		hello_of(s, mine, &p->super.term, theirs);
		r = judge(p, s, theirs, &adopt);
	}
	if (!r && !p->dirty && theirs->replicated >= (p->super.left_seq ?: p->set + 1)) {
		r = AFAR_BYE_SPLIT;
	} else if (!r && p->dirty && !p->set && !theirs->replicated) {
		begin_scan(w, p, s, theirs);
	} else if (!r && (p->dirty || theirs->replicated < p->committed ||
			  is_elsewhere(p, s, theirs))) {
		/* given up, or what was freed would have to be sent again (R5) */
		r = AFAR_BYE_RESYNC;
	}
	if (r == AFAR_BYE_RESYNC)
		renew(w, p);
	if (r == AFAR_BYE_SPLIT && s->super.role == AFAR_SECONDARY &&
	    afar_hello_gone_back(&s->super, mine))
		s->super.peer_generation = AFAR_GONE_BACK;
	if (!r) {
		p->super.left_generation = 0;
		p->super.left_seq = 0;
	}
	w->linked = !r;
	w->secondary = s - w->node;
	return r == AFAR_BYE_RESYNC;
}

static void meet(struct world *w, bool discard)
{
	u32 first = afar_random_below(&w->random, 2), i, tries;

	for (i = 0; i < 2 && !w->linked; i++) {
		struct node *p = &w->node[first ^ i], *s = &w->node[!(first ^ i)];

		for (tries = 0; p->running && tries < 4 && shake_hands(w, p, s, discard); tries++)
			;
	}
}

static void stop(struct world *w, struct node *n, bool clean)
{
	if (!n->running)
		return;
	n->running = false;
	w->linked = false;
	if (!clean || n->dirty || n->stands || n->super.flags & AFAR_SUPER_RESYNC)
		return;
	n->super.flags |= AFAR_SUPER_CLEAN;
	n->super.next_set = n->set + 1;
	n->super.next_seq = n->set + 1;
}

static void promote(struct world *w, struct node *n, bool equal)
{
	struct afar_cut left = n->super.committed;
	u32 c;

	/* a fresh one would begin another group */
	if (n->running || afar_uuid_none(&n->super.group))
		return;
	if (equal && memcmp(w->node[0].content, w->node[1].content, sizeof(n->content)))
		return;
	if (n->super.role == AFAR_PRIMARY)
		left = (struct afar_cut){ AFAR_LEFT_OPEN, generation_of(n), 0 };
	else
		n->generation++;
	if (equal) {
		/* said of what is there, and not of what was kept */
		memset(w->kept, 0, sizeof(w->kept));
		begin_term(w, n, &left, AFAR_SUPER_EQUAL);
		wipe(n);
		n->base = (struct afar_map_base){
			.journal = n->super.journal, .term = n->super.term, .set = 1, .seq = 1,
		};
	} else if (n->super.flags & AFAR_SUPER_CLEAN) {
		n->super.flags &= ~AFAR_SUPER_CLEAN;
		n->super.left_generation = generation_of(n);
		n->super.left_seq = n->super.left_seq ?: n->super.next_seq;
		n->running = true;
	} else {
		bool ignorant = n->super.role == AFAR_SECONDARY &&
				(is_torn(n) || n->super.peer_generation == AFAR_GONE_BACK);

		for (c = 0; c < CHUNKS; c++)
			n->bit[c] |= ignorant;
		n->generation += ignorant;
		begin_term(w, n, &left, AFAR_SUPER_RESYNC);
	}
	w->linked = false;
}

/* The disks of a node are put back to an earlier time, journal and origins. */
static void keep_or_put_back(struct world *w)
{
	u32 i = afar_random_below(&w->random, 2);

	if (w->node[i].running)
		return;
	if (w->kept[i].super.role && afar_random_one_in(&w->random, 2)) {
		w->node[i] = w->kept[i];
		w->linked = false;
	} else {
		w->kept[i] = w->node[i];
	}
}

/* Its journal is blank, and its disk is another one: not what has been declared equal. */
static void make_anew(struct world *w, u32 i)
{
	struct node *n = &w->node[i];
	u32 c;

	if (w->node[!i].super.flags & AFAR_SUPER_EQUAL)
		return;
	memset(n, 0, sizeof(*n));
	memset(w->kept, 0, sizeof(w->kept));
	make(n, uuid_of(2 * i), uuid_of(100 + ++w->stamp));
	for (c = 0; c < CHUNKS; c++)
		n->content[c] = ++w->stamp;
	w->linked = false;
}

static void step(struct world *w)
{
	struct node *n = &w->node[afar_random_below(&w->random, 2)];

	switch (afar_random_below(&w->random, 32)) {
	case 0:
		stop(w, n, afar_random_one_in(&w->random, 2));
		break;
	case 1:
		if (n->super.role == AFAR_PRIMARY || afar_random_one_in(&w->random, 3))
			promote(w, n, afar_random_one_in(&w->random, 6));
		break;
	case 2:
		w->linked = false;
		break;
	case 3 ... 6:
		meet(w, afar_random_one_in(&w->random, 2));
		break;
	case 7 ... 9:
		clear(w);
		break;
	case 10 ... 15:
		if (n->running)
			write(w, n);
		break;
	case 16:
		keep_or_put_back(w);
		break;
	case 17:
		if (!w->node[1].running && afar_random_one_in(&w->random, 4))
			make_anew(w, 1);
		break;
	default:
		commit(w);
	}
}

static void live(struct world *w, u32 seed)
{
	u32 i, c;

	memset(w->node, 0, sizeof(w->node));
	w->random = afar_random_seed(seed);
	w->linked = false;
	memset(w->kept, 0, sizeof(w->kept));
	w->stamp = 0;
	for (i = 0; i < 2; i++)
		make(&w->node[i], uuid_of(2 * i), uuid_of(2 * i + 1));
	w->node[0].super.group = uuid_of(9999);
	promote(w, &w->node[0], seed % 2);
	if (!(seed % 2))
		for (c = 0; c < CHUNKS; c++)
			w->node[1].content[c] = ++w->stamp;
	for (i = 0; i < 1000 && !w->bad; i++)
		step(w);
	/* whatever has happened: one gives up, and the other one is followed */
	promote(w, &w->node[0], false);
	for (i = 0; i < 100 && !w->bad; i++) {
		meet(w, true);
		commit(w);
		/* they have no term in common any more, or one was put back: it says so */
		if (i == 50 && !w->linked) {
			renew(w, &w->node[!w->node[0].running]);
			make_anew(w, w->node[0].running);
		}
	}
}

static void set_bits_cover_what_differs(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	u32 seed;

	KUNIT_ASSERT_NOT_NULL(test, w);
	for (seed = 0; seed < AFAR_TEST_MANY(20000, 200); seed++) {
		live(w, seed);
		KUNIT_ASSERT_NULL_MSG(test, w->bad, "seed %u: %s", seed, w->bad);
		KUNIT_ASSERT_TRUE_MSG(test, w->linked, "seed %u: nobody follows", seed);
	}
	/* it was put to the test, and is of use */
	KUNIT_EXPECT_GT(test, w->syncs, 5 * seed);
	KUNIT_EXPECT_GT(test, w->returns, seed);
	KUNIT_EXPECT_GT(test, w->told, seed / 2);
}

#ifdef AFAR_TEST_RULES
static void bits_that_are_not_told_are_missed(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	u32 seed;

	KUNIT_ASSERT_NOT_NULL(test, w);
	afar_rules_off = 1UL << AFAR_RULE_RETURNED;
	for (seed = 0; seed < 200 && !w->bad; seed++)
		live(w, seed);
	afar_rules_off = 0;
	KUNIT_EXPECT_NOT_NULL(test, w->bad);
}
#endif

/* ---- one decision at a time ------------------------------------------------------------------ */

static struct afar_term term_of(u32 n)
{
	return (struct afar_term){ .counter = n, .id = uuid_of(n) };
}

/* A chain of terms @first to 1, each left at its number times ten. */
static void chain_of(struct afar_chain *chain, u32 first)
{
	u32 i;

	chain->count = first;
	for (i = 0; i < first; i++)
		chain->entry[i] = (struct afar_chain_entry){
			.term = term_of(first - i), .left_set = 10 * (first - i),
			.left_seq = 100 * (first - i),
		};
}

static void bits_cover_what_the_peer_went_on_from(struct kunit *test)
{
	struct afar_hello_info *theirs = kunit_kzalloc(test, sizeof(*theirs), GFP_KERNEL);
	struct afar_uuid own = uuid_of(71), other = uuid_of(72), third = uuid_of(73);
	struct afar_super_info *mine = kunit_kzalloc(test, sizeof(*mine), GFP_KERNEL);
	struct afar_term now = term_of(5);
	struct afar_map_base base = {};

	KUNIT_ASSERT_NOT_NULL(test, theirs);
	KUNIT_ASSERT_NOT_NULL(test, mine);
	mine->journal = own;
	mine->left_generation = 7;
	theirs->journal = other;
	chain_of(&theirs->chain, 4);
	KUNIT_EXPECT_TRUE(test, afar_history_covered(mine, &base, theirs, &now));
	base = (struct afar_map_base){ .journal = other, .term = term_of(3), .set = 30, .seq = 9 };
	KUNIT_EXPECT_TRUE(test, afar_history_covered(mine, &base, theirs, &now));
	base.set = 31;
	KUNIT_EXPECT_FALSE(test, afar_history_covered(mine, &base, theirs, &now));
	base.set = 1;
	base.journal = third;
	KUNIT_EXPECT_FALSE(test, afar_history_covered(mine, &base, theirs, &now));
	/* declared equal: to one who was there */
	base.journal = own;
	KUNIT_EXPECT_TRUE(test, afar_history_covered(mine, &base, theirs, &now));
	base.term = term_of(6);
	KUNIT_EXPECT_FALSE(test, afar_history_covered(mine, &base, theirs, &now));
	/* the peer knows of bits that are not here any more */
	base.term = term_of(4);
	theirs->peer_journal = own;
	theirs->peer_generation = 7;
	KUNIT_EXPECT_TRUE(test, afar_history_covered(mine, &base, theirs, &now));
	theirs->peer_generation = 8;
	KUNIT_EXPECT_FALSE(test, afar_history_covered(mine, &base, theirs, &now));
	theirs->peer_journal = third;
	KUNIT_EXPECT_TRUE(test, afar_history_covered(mine, &base, theirs, &now));
	/* without a record they say what was written since an image was taken over */
	memset(&base, 0, sizeof(base));
	chain_of(&mine->chain, 4);
	KUNIT_EXPECT_TRUE(test, afar_history_covered(mine, &base, theirs, &now));
	mine->chain.entry[0].left_set = 41;
	KUNIT_EXPECT_FALSE(test, afar_history_covered(mine, &base, theirs, &now));
	mine->chain.entry[0].left_set = AFAR_LEFT_OPEN;
	KUNIT_EXPECT_TRUE(test, afar_history_covered(mine, &base, theirs, &now));
	mine->chain.entry[1].term = term_of(33);
	KUNIT_EXPECT_FALSE(test, afar_history_covered(mine, &base, theirs, &now));
}

static void histories_part_where_the_shorter_one_ends(struct kunit *test)
{
	struct afar_super_info *super = kunit_kzalloc(test, sizeof(*super), GFP_KERNEL);
	struct afar_chain *theirs = kunit_kzalloc(test, sizeof(*theirs), GFP_KERNEL);
	struct afar_term now = term_of(5);
	struct afar_cut cut;

	KUNIT_ASSERT_NOT_NULL(test, super);
	KUNIT_ASSERT_NOT_NULL(test, theirs);
	/* primary of term 4, which the other one has left at 40 */
	super->term = term_of(4);
	chain_of(&super->chain, 3);
	chain_of(theirs, 4);
	KUNIT_EXPECT_EQ(test, afar_history_fork(super, &now, theirs, &cut), 0);
	KUNIT_EXPECT_EQ(test, cut.set, 40);
	KUNIT_EXPECT_EQ(test, cut.seq, 400);
	/* promoted from term 4 at 40; the other one is in it still, or has been its primary */
	super->term = term_of(77);
	chain_of(&super->chain, 4);
	chain_of(theirs, 3);
	now = term_of(4);
	KUNIT_EXPECT_EQ(test, afar_history_fork(super, &now, theirs, &cut), 1);
	KUNIT_EXPECT_EQ(test, cut.set, 40);
	chain_of(theirs, 4);
	theirs->entry[0].left_set = AFAR_LEFT_OPEN;
	now = term_of(5);
	KUNIT_EXPECT_EQ(test, afar_history_fork(super, &now, theirs, &cut), 1);
	KUNIT_EXPECT_EQ(test, cut.set, 40);
	/* both as secondaries: of a third node */
	theirs->entry[0].left_set = 39;
	theirs->entry[0].left_seq = 390;
	KUNIT_EXPECT_EQ(test, afar_history_fork(super, &now, theirs, &cut), 1);
	KUNIT_EXPECT_EQ(test, cut.set, 39);
	KUNIT_EXPECT_EQ(test, cut.seq, 390);
	/* nothing in common */
	theirs->count = 0;
	KUNIT_EXPECT_EQ(test, afar_history_fork(super, &now, theirs, &cut), -1);
	KUNIT_EXPECT_EQ(test, cut.set, 0);
}

static struct kunit_case return_cases[] = {
	KUNIT_CASE(bits_cover_what_the_peer_went_on_from),
	KUNIT_CASE(histories_part_where_the_shorter_one_ends),
	KUNIT_CASE(set_bits_cover_what_differs),
#ifdef AFAR_TEST_RULES
	KUNIT_CASE(bits_that_are_not_told_are_missed),
#endif
	{}
};

struct kunit_suite afar_return_suite = {
	.name = "afar_return",
	.test_cases = return_cases,
};
