// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: door
 * Who may come in on the listening side, before anything is known of him. Connections that have not
 * proven the key are few, fewer from addresses that the table does not name, and short; an address
 * from which somebody failed to prove it is not listened to for a while. None of this touches lanes
 * that are proven.
 */
#include <net/ipv6.h>
#include "group.h"

/* One that has had this much time makes room for the next. */
#define GRACE	(HZ / 4)

static u64 now_ms(void)
{
	return ktime_to_ms(ktime_get());
}

static void address_of(const struct sockaddr_storage *from, struct afar_address *address)
{
	if (from->ss_family == AF_INET6)
		memcpy(address->b, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
	else
		ipv6_addr_set_v4mapped(((const struct sockaddr_in *)from)->sin_addr.s_addr,
				       (struct in6_addr *)address->b);
}

/* Is it an address of the table? */
static bool known(const struct afar_group *g, const struct sockaddr_storage *from)
{
	struct afar_address theirs, address;
	unsigned int i;

	address_of(from, &theirs);
	for (i = 0; i < g->address.peers; i++) {
		address_of(&g->address.peer[i], &address);
		if (!memcmp(&address, &theirs, sizeof(theirs)))
			return true;
	}
	return false;
}

static bool unproven(const struct afar_lane *lane)
{
	return lane && !READ_ONCE(lane->finished) && !READ_ONCE(lane->proven);
}

/* Is there room for one more that has not proven the key? If not, who had time makes some. */
static bool room(struct afar_group *g, const struct sockaddr_storage *from)
{
	struct afar_link *link = &g->link;
	struct afar_lane *oldest = NULL;
	bool is_known = known(g, from);
	unsigned int i, count = 0;

	for (i = 0; i < AFAR_ACCEPTED; i++) {
		struct afar_lane *lane = link->accepted[i];

		if (!unproven(lane) || known(g, &lane->peer) != is_known)
			continue;
		count++;
		if (!oldest || time_before(lane->came, oldest->came))
			oldest = lane;
	}
	if (count < (is_known ? AFAR_UNPROVEN_KNOWN : AFAR_UNPROVEN_OTHER))
		return true;
	if (time_after(jiffies, oldest->came + GRACE))
		afar_lane_kill(oldest, 0);
	return false;
}

/**
 * afar_door_admits() - is a connection to be looked at?
 * @g:    the group; its link's slots are held
 * @from: where it comes from
 */
bool afar_door_admits(struct afar_group *g, const struct sockaddr_storage *from)
{
	struct afar_link *link = &g->link;
	struct afar_address address;
	bool refused;

	address_of(from, &address);
	spin_lock(&link->lock);
	refused = afar_backoff_refuses(&link->backoff, &address, now_ms());
	spin_unlock(&link->lock);
	return !refused && room(g, from);
}

/**
 * afar_door_failed() - a connection has ended before the key was proven, by a fault of the peer's
 * @lane:   accepted
 * @reason: AFAR_BYE_KEY, or AFAR_BYE_GARBAGE
 */
void afar_door_failed(struct afar_lane *lane, u32 reason)
{
	struct afar_group *g = lane->group;
	struct afar_link *link = &g->link;
	struct afar_address address;
	bool news = false;
	u32 failures;

	address_of(&lane->peer, &address);
	spin_lock(&link->lock);
	failures = afar_backoff_failed(&link->backoff, &address, now_ms());
	/* a stranger takes nothing away of what is known of the peer */
	if (reason == AFAR_BYE_KEY && !link->session && !link->reason) {
		link->reason = reason;
		news = true;
	}
	spin_unlock(&link->lock);
	if (failures == 1)
		afar_warn(g, "connection from %pISpc: refused: %s%s%s", &lane->peer,
			  afar_reason_words(reason), lane->why ? ": " : "", lane->why ?: "");
	if (news)
		afar_group_event(g);
}

/**
 * afar_door_silent() - a connection has ended before there was a session, and by no fault
 * @lane: accepted, else nothing is said
 * @r:    negative errno that has ended it
 *
 * It is one that looks for open ports, or the peer with something in between that swallows what it
 * says: a line now and then tells them from nobody.
 */
void afar_door_silent(struct afar_lane *lane, int r)
{
	struct afar_group *g = lane->group;

	if (lane->side != AFAR_SIDE_LISTEN || READ_ONCE(g->link.stopping))
		return;
	/* a lane that waits for the first one */
	if (lane->proven && (READ_ONCE(g->link.beginning) || READ_ONCE(g->link.live)))
		return;
	if (r != -ETIMEDOUT && r != -EPIPE && r != -ECONNRESET)
		return;
	if (__ratelimit(&g->link.silent))
		afar_warn(g, "connection from %pISpc: closed %s", &lane->peer,
			  lane->proven ? "in the middle of the handshake" :
					 "before it has proven the key");
}

/** afar_door_proven() - a connection has proven the key */
void afar_door_proven(struct afar_lane *lane)
{
	struct afar_link *link = &lane->group->link;
	struct afar_address address;

	address_of(&lane->peer, &address);
	spin_lock(&link->lock);
	afar_backoff_forget(&link->backoff, &address);
	spin_unlock(&link->lock);
}
