// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include "sets.h"

/** afar_sets_begin() - numbering of a new term: set 1, number 1 */
void afar_sets_begin(struct afar_sets *s, u32 largest)
{
	afar_sets_continue(s, largest, 1, 1);
}

/** afar_sets_continue() - numbering of a term that goes on after a clean stop */
void afar_sets_continue(struct afar_sets *s, u32 largest, u64 next_seq, u64 next_set)
{
	memset(s, 0, sizeof(*s));
	s->next = next_seq;
	s->first = next_seq;
	s->open = next_set;
	s->largest = largest;
	s->largest_first = largest;
	s->boundary = true;
	s->closed.set = next_set - 1;
	s->closed.seq = next_seq - 1;
}

/**
 * afar_sets_limit() - what the peer takes is known
 * @s:       the numbering
 * @largest: its largest_set
 */
void afar_sets_limit(struct afar_sets *s, u32 largest)
{
	s->largest = largest;
	s->largest_first = afar_largest_first(largest);
}

/**
 * afar_sets_must_close() - is there no room in the open set for a command and the sync after it?
 * @s:      the numbering
 * @blocks: afar_cmd_blocks() of the command
 */
bool afar_sets_must_close(const struct afar_sets *s, u32 blocks)
{
	return !afar_sets_empty(s) && (u64)s->blocks + blocks + 1 >
	       (s->open == 1 ? s->largest_first : s->largest);
}

/**
 * afar_sets_judge() - should the open set be closed now?
 * @s:      the numbering
 * @policy: when sets close; may have changed since the last command
 */
bool afar_sets_judge(const struct afar_sets *s, const struct afar_policy *policy)
{
	bool due = s->due || (policy->bytes && s->bytes >= policy->bytes) ||
		   (policy->writes && s->writes >= policy->writes);

	return due && !policy->whole && !afar_sets_empty(s) && (s->boundary || !policy->on_flush);
}

/**
 * afar_sets_tag() - give a command its numbers
 * @s:      the numbering; !afar_sets_must_close()
 * @cmd:    op and length are set; gets seq, set and first
 * @fua:    it is the last part of a write that asks for stable media
 * @policy: when sets close
 *
 * Return: true when the set should now be closed.
 */
bool afar_sets_tag(struct afar_sets *s, struct afar_cmd *cmd, bool fua,
		   const struct afar_policy *policy)
{
	cmd->seq = s->next++;
	cmd->set = s->open;
	cmd->first = s->first;
	s->writes++;
	s->bytes += cmd->bytes;
	s->blocks += afar_cmd_blocks(cmd);
	s->boundary = fua;
	return afar_sets_judge(s, policy);
}

/**
 * afar_sets_flush() - the application has asked for a flush
 * @s:      the numbering; every write completed before has its number
 * @policy: when sets close
 *
 * Return: true when the set should now be closed.
 */
bool afar_sets_flush(struct afar_sets *s, const struct afar_policy *policy)
{
	s->boundary = true;
	return afar_sets_judge(s, policy);
}

/**
 * afar_sets_want() - clock or message want the open set closed, if there is anything in it
 * @s:      the numbering
 * @policy: when sets close
 *
 * Return: true when the set should now be closed; else it is due, and will be later.
 */
bool afar_sets_want(struct afar_sets *s, const struct afar_policy *policy)
{
	s->due = !afar_sets_empty(s);
	return afar_sets_judge(s, policy);
}

/**
 * afar_sets_close() - close the open set; the next one is open at once
 * @s:    the numbering
 * @sync: becomes the set's sync command, and takes its last number
 * @now:  wall clock, ns
 */
void afar_sets_close(struct afar_sets *s, struct afar_cmd *sync, u64 now)
{
	memset(sync, 0, sizeof(*sync));
	sync->op = AFAR_OP_SYNC;
	sync->seq = s->next++;
	sync->set = s->open;
	sync->first = s->first;
	sync->blocks = s->blocks + 1;
	sync->time = now;
	s->closed.set = s->open;
	s->closed.seq = sync->seq;
	s->closed.time = now;
	s->open++;
	s->first = s->next;
	s->writes = 0;
	s->bytes = 0;
	s->blocks = 0;
	s->due = false;
}
