/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: rules
 * Steps that an invariant rests on, each with a switch, so that a test can leave one out and see
 * that it is caught. Only a build with AFAR_TEST_RULES has the switches (module parameter
 * rules_off, a bit mask); in a module that ships afar_rule() is the constant true.
 */
#ifndef AFAR_RULE_H
#define AFAR_RULE_H

#include <linux/types.h>

/**
 * enum afar_rule - what can be left out
 * @AFAR_RULE_STAGE_FLUSH:  the journal is flushed before a command is DURABLE (invariant 3)
 * @AFAR_RULE_ORIGIN_FLUSH: origins are flushed before the commit record (invariants 4, 7)
 * @AFAR_RULE_COMMIT_FLUSH: the commit record is flushed before COMMITTED is said (invariant 7)
 * @AFAR_RULE_HEAD_FLUSH:   a superblock with the new head is durable before space is reused (R11)
 * @AFAR_RULE_NEW_TERM:     an unclean start raises the term (R1)
 * @AFAR_RULE_EPOCH:        replay ends where the epoch falls (R11)
 * @AFAR_RULE_VERIFY_FIRST: a run is verified before its first origin write (R12)
 * @AFAR_RULE_ROOM:         room is kept for whole sets (R8)
 * @AFAR_RULE_OVERLAP:      two writes to the same blocks never run at once
 * @AFAR_RULE_MAP_FIRST:    a chunk's bit is durably set before the origin is written (R2)
 * @AFAR_RULE_CLEAR_FLUSH:  the origin is flushed before a bit is cleared (R2)
 * @AFAR_RULE_CLEAR_COMMITTED: a bit is cleared when the peer has committed, not before (R2)
 * @AFAR_RULE_CLEAR_WAIT:   while it is being cleared a bit counts as not set (R2)
 * @AFAR_RULE_GONE_BACK:    a journal that was put back to an earlier time is noticed (R9)
 * @AFAR_RULE_SKIP: what a number has touched in this term is shipped, though it looks equal (R7)
 * @AFAR_RULE_TOUCHED: what got a number since it was read is not compared (verify)
 * @AFAR_RULE_RETURNED: what a node wrote in a history that it has given up is resynced (R3)
 * @AFAR_RULE_META_FLUSH: superblock and volume table are durable before what they say is done
 * @AFAR_RULE_STOP_FLUSH: origins are flushed before a primary counts as stopped cleanly (R1, R2)
 */
enum afar_rule {
	AFAR_RULE_STAGE_FLUSH,
	AFAR_RULE_ORIGIN_FLUSH,
	AFAR_RULE_COMMIT_FLUSH,
	AFAR_RULE_HEAD_FLUSH,
	AFAR_RULE_NEW_TERM,
	AFAR_RULE_EPOCH,
	AFAR_RULE_VERIFY_FIRST,
	AFAR_RULE_ROOM,
	AFAR_RULE_OVERLAP,
	AFAR_RULE_MAP_FIRST,
	AFAR_RULE_CLEAR_FLUSH,
	AFAR_RULE_CLEAR_COMMITTED,
	AFAR_RULE_CLEAR_WAIT,
	AFAR_RULE_GONE_BACK,
	AFAR_RULE_SKIP,
	AFAR_RULE_TOUCHED,
	AFAR_RULE_RETURNED,
	AFAR_RULE_META_FLUSH,
	AFAR_RULE_STOP_FLUSH,
};

#ifdef AFAR_TEST_RULES
extern unsigned long afar_rules_off;
#define afar_rule(rule)	(!(afar_rules_off & (1UL << (rule))))
#else
#define afar_rule(rule)	true
#endif

#endif /* AFAR_RULE_H */
