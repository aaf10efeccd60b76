// SPDX-License-Identifier: GPL-2.0-only
/* What must hold of a tracker at any time, whatever has arrived. */
#include <linux/kernel.h>
#include "track.h"

static u32 mix(u32 crc, u64 value)
{
	return afar_crc_more(crc, &value, sizeof(value));
}

static u32 set_state(u32 crc, const struct afar_set *set)
{
	u64 seq;

	crc = mix(crc, set->id);
	crc = mix(crc, set->first);
	crc = mix(crc, set->last);
	crc = mix(crc, set->top);
	crc = mix(crc, set->claimed);
	crc = mix(crc, set->durable);
	crc = mix(crc, set->charge);
	crc = mix(crc, set->full);
	crc = mix(crc, set->position);
	crc = mix(crc, set->time);
	for (seq = set->first; seq <= set->top; seq++)
		crc = mix(crc, afar_tracker_has(set, seq));
	return crc;
}

/** afar_test_tracker_state() - a number that changes when anything does that counts */
u32 afar_test_tracker_state(const struct afar_tracker *t)
{
	const struct afar_set *set;
	u32 crc = ~0U;

	crc = mix(crc, t->committed.set);
	crc = mix(crc, t->committed.seq);
	crc = mix(crc, t->committed.time);
	crc = mix(crc, t->replicated.set);
	crc = mix(crc, t->replicated.seq);
	crc = mix(crc, t->replicated.time);
	crc = mix(crc, t->head);
	crc = mix(crc, t->tail);
	crc = mix(crc, t->pending);
	crc = mix(crc, t->credit);
	crc = mix(crc, t->duplicates);
	list_for_each_entry(set, &t->sets, list)
		crc = set_state(crc, set);
	return crc;
}

static const char *check_set(const struct afar_tracker *t, const struct afar_set *set)
{
	u32 largest = set->id == 1 ? t->largest_first : t->largest;
	u64 seq, claimed = 0;

	if (!set->first || !set->claimed)
		return "a set of which nothing is here";
	for (seq = set->first; seq <= set->top; seq++)
		claimed += afar_tracker_has(set, seq);
	if (claimed != set->claimed || !afar_tracker_has(set, set->top) ||
	    afar_tracker_has(set, set->top + 1) || afar_tracker_has(set, set->first - 1))
		return "bitmap and count differ";
	if (set->durable > set->claimed)
		return "more durable than claimed";
	if (set->last && (set->top != set->last || !set->full || set->full > largest))
		return "bad end of a set";
	if (set->charge + !set->last > (set->last ? set->full : largest))
		return "set larger than it may be";
	return NULL;
}

static const char *check_order(const struct afar_tracker *t)
{
	const struct afar_set *set, *before = NULL;
	const char *why;

	list_for_each_entry(set, &t->sets, list) {
		if (set->id <= t->committed.set || set->first <= t->committed.seq)
			return "a set that is committed";
		if (before && (set->id <= before->id || set->first <= before->top))
			return "sets out of order";
		if (before && before->last && set->id == before->id + 1 &&
		    set->first != before->last + 1)
			return "gap between two sets";
		why = check_set(t, set);
		if (why)
			return why;
		before = set;
	}
	return NULL;
}

/* The replicated cut by definition: no gap from the committed one on, and all of it durable. */
static const char *check_replicated(const struct afar_tracker *t)
{
	u64 id = t->committed.set, seq = t->committed.seq;
	const struct afar_set *set;

	list_for_each_entry(set, &t->sets, list) {
		if (set->id != id + 1 || set->first != seq + 1 || !set->last ||
		    set->durable != set->last - set->first + 1)
			break;
		id = set->id;
		seq = set->last;
	}
	if (t->replicated.set != id || t->replicated.seq != seq)
		return "wrong replicated cut";
	return NULL;
}

/* R8: what is taken and what may still come, up to the credit, fits in the ring. */
static const char *check_room(const struct afar_tracker *t, u32 records)
{
	u64 id, blocks = t->tail - t->head + t->pending - records;

	for (id = t->committed.set + 1; id <= t->credit; id++) {
		const struct afar_set *set = afar_tracker_find(t, id);
		u32 largest = id == 1 ? t->largest_first : t->largest;

		if (!set)
			blocks += largest;
		else if (!set->last)
			blocks += largest - set->charge;
		else if (set->claimed < set->last - set->first + 1)
			blocks += set->full - set->charge;
		blocks++; /* commit record */
	}
	return blocks > t->ring_blocks && t->credit > t->committed.set ?
	       "more credit than room" : NULL;
}

/**
 * afar_test_tracker_check_run() - do all members of a tracker fit each other?
 * @t:       after afar_tracker_update()
 * @records: commit records that have their room and are not durable yet; their sets still owe one
 *
 * Return: NULL, or what is wrong.
 */
const char *afar_test_tracker_check_run(const struct afar_tracker *t, u32 records)
{
	const char *why = check_order(t);

	if (!why)
		why = check_replicated(t);
	return why ? why : check_room(t, records);
}

/** afar_test_tracker_check() - the same while no run is being committed */
const char *afar_test_tracker_check(const struct afar_tracker *t)
{
	return afar_test_tracker_check_run(t, 0);
}
