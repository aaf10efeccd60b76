// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: afar-group
 * The target that stands for a group: its table names journal and addresses; its device reads as
 * zeroes and takes no writes.
 */
#include <keys/user-type.h>
#include <linux/inet.h>
#include <linux/key.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include "group.h"
#include "registry.h"

/* Names and values of all knobs, the key and the group. */
#define OPTION_WORDS	32
static_assert(OPTION_WORDS == 2 * AFAR_KNOBS + 4);

#define BAD_NUMBER	"number of option words must be 0.." __stringify(OPTION_WORDS) \
			", and so many must follow"
#define BAD_ADDRESS	"address must be <ip>:<port>, of one host, an IPv6 one in brackets, " \
			"port 1..65535; with commas 1..16 of them"

/** struct group_table - one table of an afar-group target */
struct group_table {
	struct afar_group *group;
	struct dm_dev *journal;
	dev_t claimed;
	struct afar_options options;
	struct afar_addresses address;
	struct afar_key key;
};

/* Not any, not many. */
static bool is_of_one_host(const struct sockaddr_storage *address)
{
	const struct in6_addr *in6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
	__be32 ip = ((const struct sockaddr_in *)address)->sin_addr.s_addr;

	if (address->ss_family == AF_INET)
		return !ipv4_is_zeronet(ip) && !ipv4_is_multicast(ip) && !ipv4_is_lbcast(ip);
	/* an IPv4 address in disguise would speak another protocol than it says */
	if (ipv6_addr_any(in6) || ipv6_addr_is_multicast(in6) || ipv6_addr_v4mapped(in6))
		return false;
	/* on which link? */
	return !(ipv6_addr_type(in6) & IPV6_ADDR_LINKLOCAL) ==
	       !((const struct sockaddr_in6 *)address)->sin6_scope_id;
}

/* Decimal, and nothing else: kstrtou16() takes more. */
static bool is_port(const char *word)
{
	return *word >= '1' && *word <= '9' && strspn(word, "0123456789") == strlen(word);
}

static int parse_address(struct net *net, char *word, struct sockaddr_storage *address)
{
	char *host = word, *port = strrchr(word, ':');
	bool v6 = false;
	int r;

	if (!port || !is_port(port + 1))
		return -EINVAL;
	*port++ = 0;
	if (*host == '[' && port - 2 > host && port[-2] == ']') {
		host++;
		port[-2] = 0;
		v6 = true;
	}
	/* in4_pton() ends at one, and calls that success */
	if (!!strchr(host, ':') != v6)
		return -EINVAL;
	memset(address, 0, sizeof(*address));
	r = inet_pton_with_scope(net, v6 ? AF_INET6 : AF_INET, host, port, address);
	if (r)
		return r;
	if (!is_of_one_host(address))
		return -EINVAL;
	if (address->ss_family == AF_INET)
		return ((struct sockaddr_in *)address)->sin_port ? 0 : -EINVAL;
	return ((struct sockaddr_in6 *)address)->sin6_port ? 0 : -EINVAL;
}

static int parse_addresses(struct net *net, const char *words, struct sockaddr_storage *address,
			   unsigned int *count)
{
	char *copy = kstrdup(words, GFP_KERNEL), *rest = copy, *word;
	int r = copy ? 0 : -ENOMEM;

	*count = 0;
	while (!r && (word = strsep(&rest, ","))) {
		if (*count == AFAR_LANES)
			r = -E2BIG;
		else
			r = parse_address(net, word, &address[(*count)++]);
	}
	kfree(copy);
	return r;
}

/* Equal index, same lane: both ends of it must speak the same IP. */
static bool same_families(const struct afar_addresses *a)
{
	unsigned int i;

	for (i = 0; i < max(a->locals, a->peers); i++)
		if (a->local[i % a->locals].ss_family != a->peer[i % a->peers].ss_family)
			return false;
	return true;
}

static int parse_options(struct dm_target *ti, struct dm_arg_set *as, struct group_table *t)
{
	static const struct dm_arg arg[] = {
		{ 0, OPTION_WORDS, BAD_NUMBER },
	};
	const char *why, *word = "";
	unsigned int words = 0;
	int r;

	afar_options_init(&t->options);
	if (as->argc) {
		r = dm_read_arg_group(arg, as, &words, &ti->error);
		if (r)
			return r;
	}
	why = afar_options_parse(&t->options, words, as->argv, &word);
	if (why) {
		DMERR("option '%s': %s", word, why);
		ti->error = (char *)why;
		return -EINVAL;
	}
	dm_consume_args(as, words);
	if (as->argc) {
		ti->error = "words behind the options, whose number comes before them";
		return -EINVAL;
	}
	return 0;
}

static int copy_key(struct dm_target *ti, struct group_table *t, struct key *key)
{
	const struct user_key_payload *secret;
	int r = 0;

	down_read(&key->sem);
	secret = user_key_payload_locked(key);
	if (!secret) {
		ti->error = "key: was revoked";
		r = -EKEYREVOKED;
	} else if (secret->datalen < AFAR_KEY_MIN || secret->datalen > AFAR_KEY_MAX) {
		ti->error = "key: must have 16..1024 bytes";
		r = -EINVAL;
	} else {
		afar_key_set(&t->key, secret->data, secret->datalen);
	}
	up_read(&key->sem);
	return r;
}

/* The keyrings are the caller's: this is the one place that has them. */
static int find_key(struct dm_target *ti, struct group_table *t)
{
	struct key *key;
	int r;

	if (!*t->options.key) {
		ti->error = "option key is missing: say 'key <description>' or 'key none'";
		return -EINVAL;
	}
	if (afar_options_keyless(&t->options))
		return 0;
	key = request_key(&key_type_logon, t->options.key, NULL);
	if (IS_ERR(key)) {
		ti->error = "key: no such logon key in the keyrings of who loads the table";
		return PTR_ERR(key);
	}
	r = copy_key(ti, t, key);
	key_put(key);
	return r;
}

static int open_journal(struct dm_target *ti, struct group_table *t, const char *path)
{
	struct mapped_device *md = dm_table_get_md(ti->table);
	int r;

	r = dm_get_device(ti, path, FMODE_READ | FMODE_WRITE, &t->journal);
	if (r) {
		ti->error = afar_open_error("journal", r);
		return r;
	}
	if (bdev_read_only(t->journal->bdev)) {
		ti->error = "journal: is read-only";
		return -EROFS;
	}
	if (bdev_logical_block_size(t->journal->bdev) > AFAR_BLOCK) {
		ti->error = "journal: its blocks are larger than 4096 bytes";
		return -EINVAL;
	}
	if (bdev_nr_bytes(t->journal->bdev) >> AFAR_BLOCK_SHIFT <
	    (t->options.value[AFAR_KNOB_RING_MEMORY] ? AFAR_META_MIN : AFAR_JOURNAL_MIN)) {
		ti->error = t->options.value[AFAR_KNOB_RING_MEMORY] ?
			    "journal: is smaller than 1 MiB" :
			    "journal: is smaller than 16 MiB, and ring_memory is not given";
		return -ENOSPC;
	}
	r = afar_registry_claim(t->journal->bdev->bd_dev, md);
	if (r) {
		ti->error = "journal: in use by another group or volume";
		return r;
	}
	t->claimed = t->journal->bdev->bd_dev;
	return 0;
}

static void table_free(struct dm_target *ti, struct group_table *t)
{
	if (t->claimed)
		afar_registry_release(t->claimed, dm_table_get_md(ti->table));
	if (t->journal)
		dm_put_device(ti, t->journal);
	if (t->group)
		afar_group_put(t->group);
	kfree_sensitive(t);
}

/* <journal dev> <local>[,...] <peer>[,...] <#words> key <description> [<option> <value> ...] */
static int group_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct dm_arg_set as = { .argc = argc, .argv = argv };
	struct group_table *t;
	int r = -EINVAL;

	if (argc < 3) {
		ti->error = "needs <journal dev> <local ip:port> <peer ip:port>";
		return -EINVAL;
	}
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t) {
		ti->error = "no memory";
		return -ENOMEM;
	}
	dm_consume_args(&as, 3);
	r = parse_options(ti, &as, t);
	if (r)
		goto bad;
	r = -ENOMEM;
	t->group = afar_group_get(dm_table_get_md(ti->table));
	if (!t->group) {
		ti->error = "no memory";
		goto bad;
	}
	r = parse_addresses(t->group->net, argv[1], t->address.local, &t->address.locals);
	if (r) {
		ti->error = "local " BAD_ADDRESS;
		goto bad;
	}
	r = parse_addresses(t->group->net, argv[2], t->address.peer, &t->address.peers);
	if (r) {
		ti->error = "peer " BAD_ADDRESS;
		goto bad;
	}
	if (!same_families(&t->address)) {
		ti->error = "local and peer address of a lane must both be IPv4 or both IPv6";
		r = -EINVAL;
		goto bad;
	}
	r = open_journal(ti, t, argv[0]);
	if (!r)
		r = find_key(ti, t);
	if (r)
		goto bad;
	if (!afar_group_fits(t->group, t->journal->bdev, &t->options)) {
		ti->error = "journal, group and durable options of a live group cannot be changed";
		r = -EINVAL;
		goto bad;
	}
	ti->num_flush_bios = 0;
	ti->private = t;
	return 0;

bad:
	table_free(ti, t);
	return r;
}

static void group_dtr(struct dm_target *ti)
{
	struct group_table *t = ti->private;

	afar_group_unbind(t->group, ti);
	table_free(ti, t);
}

/* blkid and friends read every device; errors would only fill the log. */
static int group_map(struct dm_target *ti, struct bio *bio)
{
	if (bio_op(bio) != REQ_OP_READ)
		return DM_MAPIO_KILL;
	zero_fill_bio(bio);
	bio_endio(bio);
	return DM_MAPIO_SUBMITTED;
}

static int group_preresume(struct dm_target *ti)
{
	struct group_table *t = ti->private;

	return afar_group_preresume(t->group, ti, t->journal->bdev, &t->options, &t->address,
				    &t->key);
}

static void group_resume(struct dm_target *ti)
{
	struct group_table *t = ti->private;

	afar_group_resume(t->group);
}

static void group_presuspend(struct dm_target *ti)
{
	struct group_table *t = ti->private;

	if (t->group->ti == ti)
		afar_group_presuspend(t->group);
}

static void group_presuspend_undo(struct dm_target *ti)
{
	struct group_table *t = ti->private;

	if (t->group->ti == ti)
		afar_group_undo(t->group);
}

static void group_postsuspend(struct dm_target *ti)
{
	struct group_table *t = ti->private;

	if (t->group->ti == ti)
		afar_group_postsuspend(t->group);
}

static unsigned int emit_addresses(const struct sockaddr_storage *address, unsigned int count,
				   char *result, unsigned int maxlen)
{
	unsigned int sz = 0, i;

	for (i = 0; i < count; i++) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address[i];

		if (i)
			DMEMIT(",");
		/* %pIS would put the scope behind the port */
		if (in6->sin6_family == AF_INET6 && in6->sin6_scope_id)
			DMEMIT("[%pI6c%%%u]:%u", &in6->sin6_addr, in6->sin6_scope_id,
			       ntohs(in6->sin6_port));
		else
			DMEMIT("%pISpc", &address[i]);
	}
	return sz;
}

static unsigned int emit_option(const struct afar_options *o, enum afar_knob knob, char *result,
				unsigned int maxlen)
{
	const char *word = afar_option_word(o, knob);
	unsigned int sz = 0;

	if (word)
		DMEMIT(" %s %s", afar_knob_info[knob].name, word);
	else
		DMEMIT(" %s %llu", afar_knob_info[knob].name, o->value[knob]);
	return sz;
}

static unsigned int emit_table(struct group_table *t, char *result, unsigned int maxlen)
{
	bool group = !afar_uuid_none(&t->options.group);
	unsigned int sz = 0, i;

	DMEMIT("%s ", t->journal->name);
	sz += emit_addresses(t->address.local, t->address.locals, result + sz, maxlen - sz);
	DMEMIT(" ");
	sz += emit_addresses(t->address.peer, t->address.peers, result + sz, maxlen - sz);
	DMEMIT(" %u key %s", 2 * (hweight32(t->options.given) + 1 + group), t->options.key);
	if (group)
		DMEMIT(" group %pUb", &t->options.group);
	for (i = 0; i < AFAR_KNOBS; i++)
		if (t->options.given & (1U << i))
			sz += emit_option(&t->options, i, result + sz, maxlen - sz);
	return sz;
}

static void group_status(struct dm_target *ti, status_type_t type, unsigned int flags,
			 char *result, unsigned int maxlen)
{
	struct group_table *t = ti->private;
	unsigned int sz = 0;

	switch (type) {
	case STATUSTYPE_INFO:
		afar_status(t->group, result, maxlen);
		break;
	case STATUSTYPE_TABLE:
		emit_table(t, result, maxlen);
		break;
	case STATUSTYPE_IMA:
		DMEMIT_TARGET_NAME_VERSION(ti->type);
		DMEMIT(",journal=%s;", t->journal->name);
		break;
	}
}

static int group_message(struct dm_target *ti, unsigned int argc, char **argv, char *result,
			 unsigned int maxlen)
{
	struct group_table *t = ti->private;

	if (t->group->ti != ti)
		return -EAGAIN;
	return afar_message(t->group, argc, argv, result, maxlen);
}

struct target_type afar_group_target = {
	.name = "afar-group",
	.features = DM_TARGET_SINGLETON | DM_TARGET_ALWAYS_WRITEABLE | DM_TARGET_IMMUTABLE,
	.version = { 1, 0, 0 },
	.module = THIS_MODULE,
	.ctr = group_ctr,
	.dtr = group_dtr,
	.map = group_map,
	.preresume = group_preresume,
	.resume = group_resume,
	.presuspend = group_presuspend,
	.presuspend_undo = group_presuspend_undo,
	.postsuspend = group_postsuspend,
	.status = group_status,
	.message = group_message,
};
