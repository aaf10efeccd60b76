// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks at a journal of dm-afar, and never writes to it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "image.h"
#include "maps.h"
#include "walk.h"

enum { EXIT_OK, EXIT_DAMAGED, EXIT_USAGE };

#define NS	1000000000ULL

static const char usage_text[] =
	"usage: afar-journal info [--json] DEV|FILE   superblock and volume table\n"
	"       afar-journal dump DEV|FILE            the log, record by record\n"
	"       afar-journal map DEV|FILE             chunk maps: which chunks may differ\n"
	"       afar-journal check DEV|FILE           superblocks, volume table, maps, log, payloads\n"
	"\n"
	"Reads only. The journal of a running group changes while it is read: take a snapshot, or\n"
	"stop the group.\n"
	"Exit status: 0 good, 1 damaged or no journal, 2 usage, or cannot be read.\n";

struct name {
	char s[64];
};

static struct name uuid_name(const struct afar_uuid *u)
{
	const __u8 *b = u->b;
	struct name n;

	snprintf(n.s, sizeof(n.s),
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		 b[13], b[14], b[15]);
	return n;
}

/* As status and sysfs print it: the counter, and the id without dashes. */
static struct name term_id(const struct afar_term *term)
{
	struct name n;
	unsigned int i;

	for (i = 0; i < sizeof(term->id.b); i++)
		snprintf(n.s + 2 * i, 3, "%02x", term->id.b[i]);
	return n;
}

static struct name time_name(u64 ns)
{
	time_t seconds = ns / NS;
	struct name n = { "-" };
	struct tm tm;

	if (ns && gmtime_r(&seconds, &tm) && strftime(n.s, sizeof(n.s), "%FT%T", &tm))
		snprintf(n.s + strlen(n.s), sizeof(n.s) - strlen(n.s), ".%03lluZ",
			 ns % NS / 1000000);
	return n;
}

static const char *role_name(u16 role)
{
	return role == AFAR_PRIMARY ? "primary" : "secondary";
}

static const struct {
	u32 bit;
	const char *name;
} flag_name[] = {
	{ AFAR_SUPER_CLEAN, "clean" }, { AFAR_SUPER_EQUAL, "equal" },
	{ AFAR_SUPER_RESYNC, "resync-needed" }, { AFAR_SUPER_TERM, "term" },
	{ AFAR_SUPER_HOLD, "hold" }, { AFAR_SUPER_MEMORY, "memory" },
	{ AFAR_SUPER_GRANTED, "granted" }, { AFAR_SUPER_DISCARDED, "discarded" },
	{ AFAR_SUPER_VERIFY, "verify" },
};

static void print_flags(u32 flags, const char *quote, const char *between)
{
	const char *before = "";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flag_name); i++) {
		if (!(flags & flag_name[i].bit))
			continue;
		printf("%s%s%s%s", before, quote, flag_name[i].name, quote);
		before = between;
	}
}

/* ---- info ------------------------------------------------------------------------------------ */

static void info_chain(const struct afar_chain *chain)
{
	u32 i;

	for (i = 0; i < chain->count; i++) {
		const struct afar_chain_entry *e = &chain->entry[i];

		printf("ended term      %llu %s left at set %llu, number %llu, %s\n",
		       e->term.counter, term_id(&e->term).s, e->left_set, e->left_seq,
		       time_name(e->time).s);
	}
}

static void info_table(const struct image *im)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(im->entry); i++) {
		const struct afar_table_entry *e = &im->entry[i];

		if (le32_to_cpu(e->used))
			printf("volume %-3u      %s, %llu sectors, %llu of them outside the cut\n", i,
			       uuid_name(&e->id).s, le64_to_cpu(e->sectors),
			       le64_to_cpu(e->outside));
	}
}

static void info_human(const struct image *im)
{
	const struct afar_super_info *s = image_super(im);

	printf("journal         %s\n", uuid_name(&s->journal).s);
	printf("node            %s\n", uuid_name(&s->node).s);
	printf("group           %s\n", uuid_name(&s->group).s);
	printf("role            %s\n", role_name(s->role));
	printf("flags           ");
	print_flags(s->flags, "", " ");
	printf("\nterm            %llu %s\n", s->term.counter, term_id(&s->term).s);
	info_chain(&s->chain);
	if (s->flags & AFAR_SUPER_CLEAN)
		printf("next            set %llu, number %llu\n", s->next_set, s->next_seq);
	printf("committed       set %llu, number %llu, %s\n", s->committed.set, s->committed.seq,
	       time_name(s->committed.time).s);
	if (s->flags & AFAR_SUPER_HOLD)
		printf("hold            at set %llu\n", s->hold);
	if (s->committing)
		printf("no cut          before set %llu is committed\n", s->committing);
	printf("generation      %llu, copy %d\n", s->generation, im->which);
	printf("block size      %u\n", s->block_size);
	printf("chunk size      %u\n", s->chunk_bytes);
	printf("blocks          %llu\n", s->blocks);
	printf("volume table    at %u\n", s->table_start);
	printf("chunk maps      at %u, 2 x %u blocks\n", s->map_start, s->map_blocks);
	if (afar_super_in_memory(s))
		printf("ring            in memory, %u blocks\n", s->ring_blocks);
	else
		printf("ring            at %llu, %u blocks\n", s->ring_start, s->ring_blocks);
	printf("epoch           %llu, from position %llu on\n", s->epoch, s->epoch_position);
	printf("head            position %llu\n", s->head);
	printf("stable          position %llu\n", s->stable);
	info_table(im);
}

static void json_chain(const struct afar_chain *chain)
{
	u32 i;

	printf("  \"chain\": [");
	for (i = 0; i < chain->count; i++) {
		const struct afar_chain_entry *e = &chain->entry[i];

		printf("%s\n    {\"counter\": %llu, \"id\": \"%s\", ", i ? "," : "",
		       e->term.counter, term_id(&e->term).s);
		printf("\"left_set\": %llu, \"left_seq\": %llu, \"time_ns\": %llu}", e->left_set,
		       e->left_seq, e->time);
	}
	printf("%s],\n", i ? "\n  " : "");
}

static void json_table(const struct image *im)
{
	unsigned int i, n = 0;

	printf("  \"volumes\": [");
	for (i = 0; i < ARRAY_SIZE(im->entry); i++) {
		const struct afar_table_entry *e = &im->entry[i];

		if (le32_to_cpu(e->used))
			printf("%s\n    {\"number\": %u, \"id\": \"%s\", \"sectors\": %llu, \"outside\": %llu}",
			       n++ ? "," : "", i, uuid_name(&e->id).s, le64_to_cpu(e->sectors),
			       le64_to_cpu(e->outside));
	}
	printf("%s]\n", n ? "\n  " : "");
}

static void info_json(const struct image *im)
{
	const struct afar_super_info *s = image_super(im);

	printf("{\n  \"journal\": \"%s\",\n", uuid_name(&s->journal).s);
	printf("  \"node\": \"%s\",\n", uuid_name(&s->node).s);
	printf("  \"group\": \"%s\",\n", uuid_name(&s->group).s);
	printf("  \"version\": %u,\n  \"role\": \"%s\",\n  \"flags\": [", AFAR_VERSION,
	       role_name(s->role));
	print_flags(s->flags, "\"", ", ");
	printf("],\n  \"term\": {\"counter\": %llu, \"id\": \"%s\"},\n", s->term.counter,
	       term_id(&s->term).s);
	json_chain(&s->chain);
	printf("  \"next\": {\"set\": %llu, \"seq\": %llu},\n", s->next_set, s->next_seq);
	printf("  \"committed\": {\"set\": %llu, \"seq\": %llu, \"time_ns\": %llu},\n",
	       s->committed.set, s->committed.seq, s->committed.time);
	printf("  \"hold\": %llu,\n  \"committing\": %llu,\n", s->hold, s->committing);
	printf("  \"generation\": %llu,\n  \"copy\": %d,\n", s->generation, im->which);
	printf("  \"block_size\": %u,\n  \"chunk_size\": %u,\n", s->block_size, s->chunk_bytes);
	printf("  \"blocks\": %llu,\n  \"table_start\": %u,\n", s->blocks, s->table_start);
	printf("  \"map_start\": %u,\n  \"map_blocks\": %u,\n", s->map_start, s->map_blocks);
	printf("  \"ring_start\": %llu,\n  \"ring_blocks\": %u,\n", s->ring_start, s->ring_blocks);
	printf("  \"epoch\": %llu,\n  \"epoch_position\": %llu,\n", s->epoch, s->epoch_position);
	printf("  \"head\": %llu,\n  \"stable\": %llu,\n", s->head, s->stable);
	json_table(im);
	printf("}\n");
}

/* ---- dump ------------------------------------------------------------------------------------ */

static const char *op_name(u8 op)
{
	static const char *const name[] = {
		[AFAR_OP_WRITE] = "write", [AFAR_OP_ZERO] = "zero", [AFAR_OP_SYNC] = "sync",
		[AFAR_OP_VOID] = "void", [AFAR_OP_COMMIT] = "commit",
		[AFAR_OP_ADD] = "add", [AFAR_OP_REMOVE] = "remove",
	};

	return op < ARRAY_SIZE(name) && name[op] ? name[op] : "?";
}

static void dump_command(const struct afar_cmd *cmd)
{
	printf("  %-6s set %llu number %llu", op_name(cmd->op), cmd->set, cmd->seq);
	switch (cmd->op) {
	case AFAR_OP_WRITE:
	case AFAR_OP_ZERO:
		printf(" volume %u sector %llu bytes %u%s", cmd->volume, cmd->sector, cmd->bytes,
		       cmd->flags & AFAR_CMD_UNMAP ? " unmap" : "");
		break;
	case AFAR_OP_SYNC:
		printf(" first %llu blocks %u time %s", cmd->first, cmd->blocks,
		       time_name(cmd->time).s);
		break;
	case AFAR_OP_COMMIT:
		printf(" time %s", time_name(cmd->time).s);
		break;
	case AFAR_OP_ADD:
	case AFAR_OP_REMOVE:
		printf(" volume %u sectors %llu id %s", cmd->volume, cmd->sector,
		       uuid_name(&cmd->id).s);
		break;
	}
	printf("\n");
}

static void dump_record(struct ring_walk *w, const void *block, const struct afar_head_info *info)
{
	bool dead = !afar_term_equal(&info->term, &w->r.super->term);
	unsigned int i;

	printf("%llu: %s epoch %llu stable %llu term %llu %.8s%s blocks %u\n", info->position,
	       info->type == AFAR_COMMIT ? "commit" : "frame", info->epoch, info->stable,
	       info->term.counter, term_id(&info->term).s, dead ? " (dead)" : "",
	       afar_record_blocks(info));
	for (i = 0; i < info->count; i++) {
		struct afar_cmd cmd;

		afar_cmd_get(block, i, &cmd);
		dump_command(&cmd);
	}
}

static const char *end_name(enum ring_end end)
{
	switch (end) {
	case RING_CLEAN:
		return "the log ends here";
	case RING_TORN:
		return "torn tail: what a crash leaves";
	case RING_DAMAGED:
		return "DAMAGED";
	}
	return "?";
}

static int dump(const struct image *im)
{
	struct ring_walk w = { .im = im, .record = dump_record };
	int status;

	if (afar_super_in_memory(image_super(im))) {
		printf("the ring is in memory: no log\n");
		return EXIT_OK;
	}
	ring_walk(&w);
	printf("%llu: %s (%s)\n", w.r.position, end_name(w.end), w.why);
	status = w.end == RING_DAMAGED ? EXIT_DAMAGED : EXIT_OK;
	ring_walk_free(&w);
	return status;
}

/* ---- map ------------------------------------------------------------------------------------- */

static bool bit(const struct map_block *block, u64 chunk)
{
	return block->bits[chunk / 8] >> chunk % 8 & 1;
}

static void map_range(u64 first, u64 last)
{
	if (first == last)
		printf("  %llu\n", first);
	else
		printf("  %llu..%llu\n", first, last);
}

/* The set chunks of a volume, in ranges; NULL: only count them. */
static u64 map_chunks(const struct image *im, u32 volume, void (*range)(u64 first, u64 last))
{
	u64 chunk = 0, first = 0, count = 0;
	struct map_block block;
	bool before = false;
	u32 number, i;

	for (number = 0; number < map_blocks(im, volume); number++) {
		map_read(im, volume, number, &block);
		for (i = 0; i < block.want.chunks; i++, chunk++) {
			bool now = bit(&block, i);

			if (now && !before)
				first = chunk;
			if (!now && before && range)
				range(first, chunk - 1);
			before = now;
			count += now;
		}
	}
	if (before && range)
		range(first, chunk - 1);
	return count;
}

/* The newest block has the newest generation and base record. */
static void map_newest(const struct image *im, struct afar_map_info *newest)
{
	struct map_block block;
	u32 volume, number;

	memset(newest, 0, sizeof(*newest));
	for (volume = 0; volume < AFAR_VOLUMES; volume++) {
		if (!le32_to_cpu(im->entry[volume].used) || !map_placed(im, volume))
			continue;
		for (number = 0; number < map_blocks(im, volume); number++) {
			map_read(im, volume, number, &block);
			if (block.pick >= 0 && block.info.generation > newest->generation)
				*newest = block.info;
		}
	}
}

/* Copies that are not good, in a line each; false where the map is not where it can be. */
static bool map_warnings(const struct image *im, u32 volume)
{
	struct map_block block;
	u32 number, copy;

	if (!map_placed(im, volume)) {
		printf("DAMAGED: the chunk map of volume %u is not where it can be\n", volume);
		return false;
	}
	for (number = 0; number < map_blocks(im, volume); number++) {
		map_read(im, volume, number, &block);
		for (copy = 0; copy < 2; copy++)
			if (block.why[copy])
				printf("warning: chunk map block %u copy %u: %s\n",
				       block.want.index, copy, block.why[copy]);
		if (block.pick < 0)
			printf("warning: chunk map block %u: chunks %llu..%llu of volume %u count as different\n",
			       block.want.index, block.want.first_chunk,
			       block.want.first_chunk + block.want.chunks - 1, volume);
	}
	return true;
}

static int map(const struct image *im)
{
	const struct afar_super_info *super = image_super(im);
	struct afar_map_info newest;
	int status = EXIT_OK;
	u32 volume;

	map_newest(im, &newest);
	printf("generation      %llu\n", newest.generation);
	if (afar_uuid_none(&newest.base.journal))
		printf("base            none\n");
	else if (afar_uuid_equal(&newest.base.journal, &newest.journal))
		printf("base            declared equal, term %llu %s\n",
		       newest.base.term.counter, term_id(&newest.base.term).s);
	else
		printf("base            journal %s, term %llu %s, set %llu, number %llu\n",
		       uuid_name(&newest.base.journal).s, newest.base.term.counter,
		       term_id(&newest.base.term).s, newest.base.set, newest.base.seq);
	for (volume = 0; volume < AFAR_VOLUMES; volume++) {
		const struct afar_table_entry *e = &im->entry[volume];

		if (!le32_to_cpu(e->used))
			continue;
		if (!map_warnings(im, volume)) {
			status = EXIT_DAMAGED;
			continue;
		}
		printf("volume %-3u      %llu of %llu chunks of %u bytes may differ\n", volume,
		       map_chunks(im, volume, NULL),
		       afar_map_chunks(le64_to_cpu(e->sectors), super->chunk_bytes),
		       super->chunk_bytes);
		map_chunks(im, volume, map_range);
	}
	return status;
}

/* ---- check ----------------------------------------------------------------------------------- */

static void check_copies(const struct image *im)
{
	unsigned int i, copy;

	for (copy = 0; copy < 2; copy++)
		if (im->why[copy])
			printf("warning: superblock copy %u: %s; copy %u serves\n", copy,
			       im->why[copy], !copy);
	for (i = 0; i < AFAR_TABLE_BLOCKS; i++)
		for (copy = 0; copy < 2; copy++)
			if (im->table_state[i][copy])
				printf("warning: volume table block %u copy %u: %s\n", i, copy,
				       im->table_state[i][copy]);
}

static bool check_maps(const struct image *im)
{
	bool placed = true;
	u32 volume;

	for (volume = 0; volume < AFAR_VOLUMES; volume++)
		if (le32_to_cpu(im->entry[volume].used))
			placed &= map_warnings(im, volume);
	return placed;
}

static void bad_payload(struct ring_walk *w, const struct afar_head_info *info,
			const struct afar_cmd *cmd)
{
	bool needed = cmd->set > w->tracker.committed.set;

	printf("DAMAGED: position %llu: payload of number %llu in set %llu%s\n", info->position,
	       cmd->seq, cmd->set, needed ? "" : " (committed before)");
}

static void check_sets(const struct afar_tracker *t)
{
	const struct afar_set *set;

	printf("committed: set %llu, number %llu\n", t->committed.set, t->committed.seq);
	printf("replicated: set %llu, number %llu\n", t->replicated.set, t->replicated.seq);
	list_for_each_entry(set, &t->sets, list) {
		printf("set %llu: from number %llu, %u commands", set->id, set->first,
		       set->durable);
		if (set->last)
			printf(" of %llu", set->last - set->first + 1);
		printf("%s\n", afar_set_complete(set) ? ", complete" : "");
	}
}

static int check(const struct image *im)
{
	struct ring_walk w = { .im = im, .all = true, .payload = bad_payload };
	bool placed = check_maps(im);
	int status;

	check_copies(im);
	if (afar_super_in_memory(image_super(im))) {
		printf("the ring is in memory: no log\njournal is good\n");
		return EXIT_OK;
	}
	ring_walk(&w);
	printf("log: positions %llu..%llu, %llu records, %llu commands; %llu records are dead\n",
	       w.r.super->head, w.r.position, w.records, w.commands, w.dead);
	printf("%s: position %llu: %s\n", w.end == RING_DAMAGED ? "DAMAGED" :
	       w.end == RING_TORN ? "torn tail" : "end", w.r.position, w.why);
	check_sets(&w.tracker);
	status = w.end == RING_DAMAGED || w.bad_payloads || !placed ? EXIT_DAMAGED : EXIT_OK;
	printf("%s\n", status ? "journal is damaged" : "journal is good");
	ring_walk_free(&w);
	return status;
}

/* ---- main ------------------------------------------------------------------------------------ */

static int run(const char *what, bool json, const struct image *im)
{
	if (im->refused) {
		printf("refused: %s\n", im->refused);
		return EXIT_DAMAGED;
	}
	if (im->which == -1) {
		printf("not formatted: all zero\n");
		return EXIT_DAMAGED;
	}
	if (!strcmp(what, "dump"))
		return dump(im);
	if (!strcmp(what, "map"))
		return map(im);
	if (!strcmp(what, "check"))
		return check(im);
	if (json)
		info_json(im);
	else
		info_human(im);
	return EXIT_OK;
}

static int usage(void)
{
	fputs(usage_text, stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static struct image im;
	bool json = false;
	const char *what;
	int status;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage_text, stdout);
		return EXIT_OK;
	}
	if (argc < 3)
		return usage();
	what = argv[1];
	if (strcmp(what, "info") && strcmp(what, "dump") && strcmp(what, "map") &&
	    strcmp(what, "check"))
		return usage();
	if (argc == 4 && !strcmp(what, "info") && !strcmp(argv[2], "--json"))
		json = true;
	else if (argc != 3)
		return usage();
	if (image_open(&im, argv[argc - 1])) {
		fprintf(stderr, "afar-journal: %s: %s\n", argv[argc - 1], strerror(errno));
		return EXIT_USAGE;
	}
	status = run(what, json, &im);
	if (fflush(stdout) || ferror(stdout))
		return EXIT_USAGE;
	return status;
}
