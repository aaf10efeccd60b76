// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: flow
 * Which lane takes what is ready. Each takes for itself, from what all share; four rules keep a
 * slow or dead one from holding up what another could bring:
 *
 *	room      a lane holds no more than it delivers in two round trips and LATE_US
 *	patience  a slower lane leaves what is ready to a quicker one while that would be earlier
 *	watch     a lane that nobody answers takes nothing, and if another one is answered
 *	          meanwhile it is given up, long before timeout_ms
 *	resend    what a lane held when it ended goes to the others at once (stream.c)
 *
 * With one lane none of this matters, and none is done.
 */
#include <linux/math64.h>
#include <net/tcp.h>
#include "group.h"

/* What a lane may hold beyond two round trips, as time on its way. */
#define LATE_US		(USEC_PER_SEC / 10)

/* A lane holds this much at any speed, until it knows its own and however slow it is. */
#define HOLD_UNKNOWN	(512 << 10)
#define HOLD_LEAST	(64 << 10)

/* Without any answer for so long, or four round trips, a lane is dead, if others are answered. */
#define UNANSWERED	HZ

/* Lanes look after each other from the last message with something in it on, for this long. */
#define WATCH		(5 * HZ)
#define WATCH_EACH	(HZ / 4)

static const struct tcp_sock *tcp_of(const struct afar_lane *lane)
{
	return tcp_sk(lane->sock->sk);
}

static struct afar_link *link_of(const struct afar_lane *lane)
{
	return &lane->group->link;
}

static bool alone(const struct afar_lane *lane)
{
	return READ_ONCE(link_of(lane)->live) < 2;
}

/* Bytes that the peer's host has not confirmed. */
static u32 held(const struct tcp_sock *tp)
{
	return READ_ONCE(tp->write_seq) - READ_ONCE(tp->snd_una);
}

/* Bytes a second that it delivered when it was last busy; 0: not known. */
static u64 speed(const struct tcp_sock *tp)
{
	u32 packets = READ_ONCE(tp->rate_delivered), us = READ_ONCE(tp->rate_interval_us);

	return us ? div_u64((u64)packets * READ_ONCE(tp->mss_cache) * USEC_PER_SEC, us) : 0;
}

static u64 may_hold(const struct tcp_sock *tp)
{
	u64 rate = speed(tp);
	u32 us = 2 * min_t(u32, tcp_min_rtt(tp), USEC_PER_SEC) + LATE_US;

	if (!rate)
		return HOLD_UNKNOWN;
	return max_t(u64, div_u64(rate, USEC_PER_MSEC) * (us / USEC_PER_MSEC), HOLD_LEAST);
}

/* Has it been answered since the last look? Its lock is held, and it has a connection. */
static void look(struct afar_lane *lane)
{
	const struct tcp_sock *tp = tcp_of(lane);
	u32 una = READ_ONCE(tp->snd_una);

	if (una != lane->una)
		lane->answered = jiffies;
	if (una == READ_ONCE(tp->write_seq))
		lane->silent = 0;
	else if (!lane->silent || una != lane->una)
		lane->silent = jiffies | 1;
	lane->una = una;
}

/* Jiffies for which the peer's host has not answered what was sent. */
static unsigned long silence(struct afar_lane *lane)
{
	unsigned long silent = 0;

	mutex_lock(&lane->lock);
	if (lane->sock) {
		look(lane);
		silent = lane->silent ? jiffies - lane->silent : 0;
	}
	mutex_unlock(&lane->lock);
	return silent;
}

static unsigned long patient_for(const struct afar_lane *lane)
{
	return max_t(unsigned long, UNANSWERED, 4 * usecs_to_jiffies(READ_ONCE(lane->round_trip)));
}

/**
 * afar_flow_room() - bytes that a lane may take now
 * @lane: live; called by a thread of it
 *
 * Bytes that a slow lane holds are late for all sets that need them, so it gets few at a time; one
 * that may be dead gets none.
 */
u32 afar_flow_room(struct afar_lane *lane)
{
	const struct tcp_sock *tp = tcp_of(lane);
	u64 most;

	if (alone(lane))
		return U32_MAX;
	if (silence(lane) > patient_for(lane) / 2)
		return 0;
	most = may_hold(tp);
	return held(tp) < most ? min_t(u64, most - held(tp), U32_MAX) : 0;
}

static u32 round_trip(const struct afar_lane *lane)
{
	return max(READ_ONCE(tcp_of(lane)->srtt_us) >> 3, 1U);
}

/**
 * afar_flow_patience() - how long to leave what is ready to quicker lanes
 * @lane:  live; called by a thread of it
 * @since: jiffies from when on it has been ready
 *
 * Return: jiffies to wait; 0: take it now.
 */
long afar_flow_patience(const struct afar_lane *lane, unsigned long since)
{
	const struct afar_link *link = link_of(lane);
	u32 own, best = U32_MAX;
	unsigned int i;
	long left;

	if (alone(lane))
		return 0;
	for (i = 0; i < AFAR_ACCEPTED; i++) {
		u32 us = READ_ONCE(link->pulse[i]);

		if (us)
			best = min(best, us);
	}
	own = round_trip(lane);
	if (own <= best)
		return 0;
	/* one way */
	left = min_t(u32, (own - best) / 2, USEC_PER_SEC) / (USEC_PER_SEC / HZ);
	left -= jiffies - since;
	return max(left, 0L);
}

/** afar_flow_begin() - a lane is in a session, and its round trip counts; called by its writer */
void afar_flow_begin(struct afar_lane *lane)
{
	WRITE_ONCE(lane->round_trip, round_trip(lane));
	WRITE_ONCE(link_of(lane)->pulse[lane->slot], lane->round_trip);
}

/** afar_flow_end() - it is not any more */
void afar_flow_end(struct afar_lane *lane)
{
	WRITE_ONCE(link_of(lane)->pulse[lane->slot], 0);
}

/** afar_flow_sent() - a lane has sent commands or acknowledgments */
void afar_flow_sent(struct afar_lane *lane)
{
	WRITE_ONCE(link_of(lane)->busy, jiffies);
	afar_flow_begin(lane);
}

/**
 * afar_flow_nap() - how long a lane's writer that has nothing to do may sleep
 * @lane:    live
 * @longest: when it has to give a sign of life
 */
long afar_flow_nap(const struct afar_lane *lane, long longest)
{
	if (alone(lane) || time_after(jiffies, READ_ONCE(link_of(lane)->busy) + WATCH))
		return longest;
	return min_t(long, longest, WATCH_EACH);
}

/*
 * Nobody answers on @other. That a link is cut and no lane is answered is for timeout_ms to find:
 * so @lane must have been answered when @other had been silent for a good while.
 */
static void look_at(struct afar_lane *other, const struct afar_lane *lane)
{
	unsigned long limit, silent;

	if (!other || other == lane || READ_ONCE(other->session) != lane->session)
		return;
	limit = patient_for(other);
	silent = silence(other);
	if (silent > limit && time_after(lane->answered, jiffies - silent + limit / 2))
		afar_lane_kill(other, AFAR_BYE_TIMEOUT);
}

/**
 * afar_flow_watch() - end the lanes of the session that nobody answers, if this one is answered
 * @lane: live; called by its writer
 */
void afar_flow_watch(struct afar_lane *lane)
{
	struct afar_link *link = link_of(lane);
	unsigned int i;

	if (alone(lane) || time_before(jiffies, lane->watched + WATCH_EACH))
		return;
	lane->watched = jiffies;
	silence(lane);
	for (i = 0; i < AFAR_LANES; i++)
		look_at(smp_load_acquire(&link->dialled[i]), lane); /* afar_link_start() */
	/* whoever holds it may be waiting for this very thread */
	if (!mutex_trylock(&link->slots))
		return;
	for (i = 0; i < AFAR_ACCEPTED; i++)
		look_at(link->accepted[i], lane);
	mutex_unlock(&link->slots);
}

/**
 * afar_flow_hopes() - may a lane's writer go on waiting for room to send?
 * @lane: live; called by its writer
 *
 * What it is at work on cannot go to the spool, nor can what is behind that. If writes wait for
 * memory, and nothing at all comes from the peer's host, it gives up long before timeout_ms.
 */
bool afar_flow_hopes(const struct afar_lane *lane)
{
	u32 quiet = tcp_jiffies32 - READ_ONCE(tcp_of(lane)->rcv_tstamp);

	return !READ_ONCE(lane->group->stream.parked_now) || quiet < patient_for(lane);
}
