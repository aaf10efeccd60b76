// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/sock.h>
#include "group.h"

#define BACKOFF_MIN	(HZ / 10)
#define BACKOFF_MAX	(8 * HZ)
#define BACKLOG		8

/** afar_link_init() - prepare a link that is down */
void afar_link_init(struct afar_link *link)
{
	spin_lock_init(&link->lock);
	init_waitqueue_head(&link->wait);
	ratelimit_state_init(&link->silent, 300 * HZ, 10);
	mutex_init(&link->slots);
	link->stopping = true;
	link->busy = jiffies;
}

/**
 * afar_link_reason() - remember why the link is not live
 * @g:      the group
 * @reason: enum afar_reason
 *
 * Logs and raises an event when it is another one than before: a peer that is refused every few
 * seconds for days costs one line.
 */
void afar_link_reason(struct afar_group *g, u32 reason)
{
	struct afar_link *link = &g->link;
	bool news;

	spin_lock(&link->lock);
	news = link->reason != reason;
	link->reason = reason;
	spin_unlock(&link->lock);
	if (!news)
		return;
	/* writes that wait for the peer may have to stop waiting */
	queue_work(g->wq, &g->stream.work);
	afar_warn(g, "link: %s: %s", afar_reason_name(reason), afar_reason_words(reason));
	afar_group_event(g);
}

/** afar_link_state() - the token that status prints: live, connecting, down, or a reason */
const char *afar_link_state(struct afar_group *g)
{
	struct afar_link *link = &g->link;

	if (READ_ONCE(link->live))
		return "live";
	if (READ_ONCE(link->stopping))
		return "down";
	return READ_ONCE(link->reason) ? afar_reason_name(link->reason) : "connecting";
}

static void leave_session(struct afar_lane *lane)
{
	struct afar_group *g = lane->group;
	struct afar_link *link = &g->link;
	u64 ended = 0, news, goes_on = 0;

	if (lane->session)
		afar_flow_end(lane);
	spin_lock(&link->lock);
	if (lane->session && lane->session == link->session && !--link->live) {
		ended = link->session;
		link->session = 0;
		link->reason = lane->reason;
	} else if (lane->session == link->session) {
		goes_on = link->session;
	}
	news = lane->session;
	lane->session = 0;
	spin_unlock(&link->lock);
	if (ended) {
		mutex_lock(&g->stage.lock);
		/* unless a newer one has begun */
		if (g->stage.session == ended)
			g->stage.session = 0;
		mutex_unlock(&g->stage.lock);
	}
	if (goes_on && g->journal.super.role == AFAR_SECONDARY)
		afar_stage_say_again(g, goes_on);
	wake_up_all(&link->wait);
	if (!news || READ_ONCE(link->stopping))
		return;
	afar_warn(g, "lane %u with %pISpc: closed%s%s%s%s", lane->number, &lane->peer,
		  lane->reason ? ": " : "", lane->reason ? afar_reason_words(lane->reason) : "",
		  lane->why ? ": " : "", lane->why ?: "");
	afar_group_event(g);
}

/* Is the peer, who has proven the key, one that no acknowledgment will ever come from? */
static void note_hope(struct afar_lane *lane, u32 reason)
{
	struct afar_link *link = &lane->group->link;

	if (!lane->proven || lane->side != AFAR_SIDE_DIAL || reason == AFAR_BYE_BUSY)
		return;
	spin_lock(&link->lock);
	link->hopeless = reason == AFAR_BYE_RESYNC;
	spin_unlock(&link->lock);
	if (reason == AFAR_BYE_RESYNC)
		queue_work(lane->group->wq, &lane->group->stream.work);
	/* volumes that differ are made good where a term begins, too */
	if (reason == AFAR_BYE_RESYNC || reason == AFAR_BYE_VOLUMES)
		afar_resync_refused(lane->group, reason);
}

/*
 * What a handshake came to: @r is an errno, or why this side refuses. Tell the peer, if it is its
 * fault or business. What somebody did who has not proven the key changes nothing here.
 */
static void handshake_failed(struct afar_lane *lane, int r)
{
	struct afar_group *g = lane->group;
	bool theirs = r == -ECONNREFUSED;
	u32 reason = theirs ? lane->reason : max(r, 0);

	if (!reason) {
		afar_door_silent(lane, r);
		return;
	}
	note_hope(lane, reason);
	if (!lane->proven && lane->side == AFAR_SIDE_LISTEN)
		afar_door_failed(lane, reason);
	else if (reason == AFAR_BYE_GARBAGE && !theirs)
		afar_warn(g, "lane with %pISpc: closed: %s: %s", &lane->peer,
			  afar_reason_words(reason), lane->why ?: "handshake");
	else if (reason != AFAR_BYE_BUSY)
		afar_link_reason(g, reason);
	if (!theirs)
		afar_lane_bye(lane, reason);
}

static int dial(struct afar_lane *lane)
{
	struct afar_group *g = lane->group;
	struct afar_addresses *a = &g->address;
	struct sockaddr_storage local = a->local[lane->number % a->locals];
	struct socket *sock;
	int r;

	lane->peer = a->peer[lane->number % a->peers];
	if (local.ss_family != lane->peer.ss_family)
		return -EAFNOSUPPORT;
	if (local.ss_family == AF_INET)
		((struct sockaddr_in *)&local)->sin_port = 0;
	else
		((struct sockaddr_in6 *)&local)->sin6_port = 0;
	r = __sock_create(g->net, local.ss_family, SOCK_STREAM, IPPROTO_TCP, &sock, 0);
	if (r)
		return r;
	/* before connect, so that afar_link_stop() can end it */
	r = afar_lane_open(lane, sock);
	if (r)
		return r;
	sock->sk->sk_sndtimeo = msecs_to_jiffies(g->options.value[AFAR_KNOB_TIMEOUT]);
	r = kernel_bind(sock, (void *)&local, sizeof(local));
	if (!r)
		r = kernel_connect(sock, (void *)&lane->peer, sizeof(lane->peer), 0);
	if (r)
		afar_lane_close(lane);
	return r;
}

static int dialler(void *data)
{
	unsigned int noio = memalloc_noio_save();
	struct afar_lane *lane = data;
	struct afar_link *link = &lane->group->link;
	unsigned long backoff = BACKOFF_MIN;
	int r;

	set_user_nice(current, AFAR_NICE);
	while (!READ_ONCE(link->stopping)) {
		unsigned int again = READ_ONCE(link->again);

		r = dial(lane);
		if (!r) {
			r = afar_handshake_dial(lane);
			if (!r) {
				backoff = BACKOFF_MIN;
				afar_ship(lane);
			} else {
				handshake_failed(lane, r);
			}
			leave_session(lane);
			afar_lane_close(lane);
		}
		wait_event_idle_timeout(link->wait, READ_ONCE(link->stopping) ||
					READ_ONCE(link->again) != again, backoff);
		if (READ_ONCE(link->again) != again)
			backoff = BACKOFF_MIN;
		backoff = min_t(unsigned long, 2 * backoff, BACKOFF_MAX);
	}
	memalloc_noio_restore(noio);
	while (!kthread_should_stop())
		wait_event_interruptible(link->wait, kthread_should_stop());
	return 0;
}

static int answerer(void *data)
{
	unsigned int noio = memalloc_noio_save();
	struct afar_lane *lane = data;
	int r = afar_handshake_answer(lane);

	set_user_nice(current, AFAR_NICE);
	if (!r)
		afar_receive(lane);
	else
		handshake_failed(lane, r);
	leave_session(lane);
	afar_lane_close(lane);
	memalloc_noio_restore(noio);
	WRITE_ONCE(lane->finished, true);
	return 0;
}

static struct task_struct *start(int (*thread)(void *), void *data, const char *what,
				 struct afar_group *g, unsigned int number)
{
	struct task_struct *task = kthread_create(thread, data, "afar_%s%u/%s", what, number,
						  g->name);

	if (!IS_ERR(task)) {
		get_task_struct(task);
		wake_up_process(task);
	}
	return task;
}

static void end(struct task_struct **task)
{
	if (!*task)
		return;
	kthread_stop(*task);
	put_task_struct(*task);
	*task = NULL;
}

/* A slot for a lane that comes in; those that have ended are cleared on the way. */
static int free_slot(struct afar_link *link)
{
	int i, slot = -1;

	for (i = 0; i < AFAR_ACCEPTED; i++) {
		struct afar_lane *lane = link->accepted[i];

		if (lane && READ_ONCE(lane->finished)) {
			end(&lane->owner);
			WRITE_ONCE(link->accepted[i], NULL);
			afar_lane_free(lane);
			lane = NULL;
		}
		if (!lane && slot < 0)
			slot = i;
	}
	return slot;
}

static struct afar_lane *lane_for(struct afar_group *g, const struct sockaddr_storage *from)
{
	struct afar_link *link = &g->link;
	int slot = free_slot(link);
	struct afar_lane *lane;

	if (slot < 0 || !afar_door_admits(g, from))
		return NULL;
	lane = afar_lane_alloc(g, 0);
	if (!lane)
		return NULL;
	lane->side = AFAR_SIDE_LISTEN;
	lane->peer = *from;
	lane->slot = slot;
	link->accepted[slot] = lane;
	return lane;
}

static void admit(struct afar_listener *listener, struct socket *sock)
{
	struct afar_group *g = listener->group;
	struct afar_link *link = &g->link;
	struct sockaddr_storage from = {};
	struct afar_lane *lane = NULL;

	/* several listeners share the slots */
	mutex_lock(&link->slots);
	if (kernel_getpeername(sock, (void *)&from) >= 0)
		lane = lane_for(g, &from);
	if (!lane) {
		mutex_unlock(&link->slots);
		sock_release(sock);
		return;
	}
	if (!afar_lane_open(lane, sock)) {
		struct task_struct *task = start(answerer, lane, "rx", g, lane->slot);

		if (IS_ERR(task))
			afar_lane_close(lane);
		else
			lane->owner = task;
	}
	if (!lane->owner) {
		link->accepted[lane->slot] = NULL;
		afar_lane_free(lane);
	}
	mutex_unlock(&link->slots);
}

static int listener_main(void *data)
{
	unsigned int noio = memalloc_noio_save();
	struct afar_listener *listener = data;
	struct afar_link *link = &listener->group->link;
	struct socket *sock;

	while (!READ_ONCE(link->stopping)) {
		if (!kernel_accept(listener->sock, &sock, 0))
			admit(listener, sock);
		else
			wait_event_idle_timeout(link->wait, READ_ONCE(link->stopping),
						BACKOFF_MIN);
	}
	memalloc_noio_restore(noio);
	while (!kthread_should_stop())
		wait_event_interruptible(link->wait, kthread_should_stop());
	return 0;
}

static int open_listener(struct afar_group *g, struct afar_listener *listener,
			 struct sockaddr_storage *address)
{
	struct socket *sock;
	int r = __sock_create(g->net, address->ss_family, SOCK_STREAM, IPPROTO_TCP, &sock, 0);

	if (r)
		return r;
	sock->sk->sk_allocation = GFP_NOIO;
	sock_set_reuseaddr(sock->sk);
	ip_sock_set_freebind(sock->sk);
	r = kernel_bind(sock, (void *)address, sizeof(*address));
	if (!r)
		r = kernel_listen(sock, BACKLOG);
	if (r) {
		afar_err(g, "cannot listen on %pISpc (%pe)", address, ERR_PTR(r));
		sock_release(sock);
		return r;
	}
	listener->group = g;
	listener->sock = sock;
	return 0;
}

/** struct link_work - something that is done for a message or a resume, but not in its process */
struct link_work {
	struct work_struct work;
	struct afar_group *g;
	int (*act)(struct afar_group *g);
	int error;
};

static void link_work(struct work_struct *work)
{
	struct link_work *w = container_of(work, struct link_work, work);
	unsigned int noio = memalloc_noio_save();

	w->error = w->act(w->g);
	memalloc_noio_restore(noio);
}

/*
 * Sockets and threads are made by a worker: cgroup and security label are the kernel's, not
 * dmsetup's, and no thread fails to come because somebody has just killed dmsetup.
 */
static int by_worker(struct afar_group *g, int (*act)(struct afar_group *g))
{
	struct link_work w = { .g = g, .act = act };

	INIT_WORK_ONSTACK(&w.work, link_work);
	queue_work(system_unbound_wq, &w.work);
	flush_work(&w.work);
	destroy_work_on_stack(&w.work);
	return w.error;
}

/* An address may stand there once for each of the peer's. */
static bool was_before(const struct afar_addresses *address, unsigned int index)
{
	unsigned int i;

	for (i = 0; i < index; i++)
		if (!memcmp(&address->local[i], &address->local[index], sizeof(address->local[i])))
			return true;
	return false;
}

static int open_listeners(struct afar_group *g)
{
	struct afar_link *link = &g->link;
	unsigned int i;
	int r = 0;

	for (i = 0; i < g->address.locals && !r; i++) {
		if (was_before(&g->address, i))
			continue;
		r = open_listener(g, &link->listener[link->listeners], &g->address.local[i]);
		if (!r)
			link->listeners++;
	}
	return r;
}

static void close_listeners(struct afar_link *link)
{
	while (link->listeners) {
		struct afar_listener *listener = &link->listener[--link->listeners];

		sock_release(listener->sock);
		listener->sock = NULL;
	}
}

/**
 * afar_link_open() - listen, in the group's network namespace; nothing is accepted yet
 * @g: the group
 */
int afar_link_open(struct afar_group *g)
{
	int r = by_worker(g, open_listeners);

	if (r)
		close_listeners(&g->link);
	return r;
}

static int start_dialler(struct afar_group *g, unsigned int number)
{
	struct afar_lane *lane = afar_lane_alloc(g, number);
	struct task_struct *task;

	if (!lane)
		return -ENOMEM;
	lane->side = AFAR_SIDE_DIAL;
	lane->slot = number;
	/* lanes that run already look at all others */
	smp_store_release(&g->link.dialled[number], lane);
	task = start(dialler, lane, "tx", g, number);
	if (IS_ERR(task))
		return PTR_ERR(task);
	lane->owner = task;
	return 0;
}

static int start_threads(struct afar_group *g)
{
	bool dials = g->journal.super.role == AFAR_PRIMARY && g->running;
	struct afar_link *link = &g->link;
	struct task_struct *task;
	unsigned int i;
	int r = 0;

	for (i = 0; i < link->listeners; i++) {
		task = start(listener_main, &link->listener[i], "listen", g, i);
		if (IS_ERR(task))
			return PTR_ERR(task);
		link->listener[i].task = task;
	}
	for (i = 0; i < g->options.value[AFAR_KNOB_LANES] && dials && !r; i++)
		r = start_dialler(g, i);
	return r;
}

/**
 * afar_link_start() - accept lanes and, as a primary that is promoted, dial
 * @g: the group
 *
 * Return: 0, or an error, and then the link is down.
 */
int afar_link_start(struct afar_group *g)
{
	struct afar_link *link = &g->link;
	int r;

	if (!link->listeners) {
		r = afar_link_open(g);
		if (r)
			return r;
	}
	link->reason = 0;
	link->hopeless = false;
	WRITE_ONCE(link->stopping, false);
	r = by_worker(g, start_threads);
	if (r)
		afar_link_stop(g);
	return r;
}

/** afar_link_restart() - start it after a change of role; says in the log why it does not */
int afar_link_restart(struct afar_group *g)
{
	int r = afar_link_start(g);

	if (r)
		afar_err(g, "link: cannot start (%pe); suspend and resume the group", ERR_PTR(r));
	return r;
}

static void stop_lane(struct afar_lane **slot)
{
	struct afar_lane *lane = *slot;

	if (!lane)
		return;
	end(&lane->owner);
	/* a thread that is stopped before it ran has not done it */
	afar_lane_close(lane);
	afar_lane_free(lane);
	*slot = NULL;
}

/* Live lanes tell the peer, all at the same time; then all end. */
static void part_lanes(struct afar_link *link)
{
	unsigned long until = jiffies + HZ / 2;
	struct afar_lane *lane;
	unsigned int i, pass;

	for (pass = 0; pass < 3; pass++) {
		for (i = 0; i < AFAR_LANES + AFAR_ACCEPTED; i++) {
			lane = i < AFAR_LANES ? link->dialled[i] : link->accepted[i - AFAR_LANES];
			if (lane && pass == 0)
				afar_lane_part(lane, AFAR_BYE_STOPPED, NULL);
			else if (lane && pass == 1)
				afar_lane_wait_parted(lane, until);
			else if (lane)
				afar_lane_kill(lane, AFAR_BYE_STOPPED);
		}
	}
}

/**
 * afar_link_say_end() - tell the peer that this node has stepped down, and wait for its answer
 * @g: the group; its lock is held
 *
 * Return: has it answered?
 */
bool afar_link_say_end(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	unsigned int i;

	WRITE_ONCE(s->ended, true);
	for (i = 0; i < AFAR_LANES; i++)
		if (g->link.dialled[i])
			afar_lane_part(g->link.dialled[i], AFAR_BYE_STOPPED, NULL);
	/* who ends a lane wakes it */
	wait_event_idle_timeout(s->wait, READ_ONCE(s->told) || !READ_ONCE(g->link.live),
				AFAR_END_WAIT);
	return READ_ONCE(s->told);
}

/** afar_link_stop() - end all lanes and stop listening; what is not acknowledged is kept */
void afar_link_stop(struct afar_group *g)
{
	struct afar_link *link = &g->link;
	unsigned int i;

	WRITE_ONCE(link->stopping, true);
	/* pairs with afar_lane_open() */
	smp_mb();
	wake_up_all(&link->wait);
	wake_up_all(&g->stage.wait);
	for (i = 0; i < link->listeners; i++) {
		kernel_sock_shutdown(link->listener[i].sock, SHUT_RDWR);
		end(&link->listener[i].task);
	}
	part_lanes(link);
	/* lanes look at each other: end all threads before any lane goes */
	for (i = 0; i < AFAR_LANES; i++)
		if (link->dialled[i])
			end(&link->dialled[i]->owner);
	for (i = 0; i < AFAR_ACCEPTED; i++)
		if (link->accepted[i])
			end(&link->accepted[i]->owner);
	for (i = 0; i < AFAR_LANES; i++)
		stop_lane(&link->dialled[i]);
	for (i = 0; i < AFAR_ACCEPTED; i++)
		stop_lane(&link->accepted[i]);
	close_listeners(link);
	link->live = 0;
	link->session = 0;
}
