// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bvec.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/uio.h>
#include <net/sock.h>
#include "group.h"

/* In the handshake: silence; all that comes before the proof; one message, however it trickles. */
#define SILENCE		(4 * HZ)
#define PROVE		(4 * HZ)
#define MESSAGE		(16 * HZ)

/* BYE waits no longer than this for its way into the network. */
#define PART		(HZ / 4)

/* A writer without room to send looks so often if that is worth while. */
#define LOOK		(HZ / 4)

/* Microseconds; see afar_lane_rest(). */
#define REST_US		1000

/** afar_lane_alloc() - make a lane without a connection */
struct afar_lane *afar_lane_alloc(struct afar_group *g, unsigned int number)
{
	struct afar_lane *lane = kzalloc(sizeof(*lane), GFP_KERNEL);

	if (!lane)
		return NULL;
	lane->group = g;
	lane->number = number;
	mutex_init(&lane->lock);
	INIT_LIST_HEAD(&lane->sent);
	lane->tx = alloc_page(GFP_KERNEL);
	lane->rx = alloc_page(GFP_KERNEL);
	if (lane->tx && lane->rx)
		return lane;
	afar_lane_free(lane);
	return NULL;
}

/** afar_lane_free() - free a lane that is closed */
void afar_lane_free(struct afar_lane *lane)
{
	if (lane->tx)
		__free_page(lane->tx);
	if (lane->rx)
		__free_page(lane->rx);
	kfree(lane);
}

/**
 * afar_lane_open() - take over a connection
 * @lane: closed
 * @sock: connected; released in case of an error, too
 */
int afar_lane_open(struct afar_lane *lane, struct socket *sock)
{
	struct afar_group *g = lane->group;
	long timeout = msecs_to_jiffies(g->options.value[AFAR_KNOB_TIMEOUT]);
	struct sock *sk = sock->sk;

	sk->sk_allocation = GFP_NOIO;
	sk->sk_use_task_frag = false;
	sk->sk_rcvtimeo = min_t(long, timeout, SILENCE);
	sk->sk_sndtimeo = 3 * timeout;
	sock_no_linger(sk);
	tcp_sock_set_nodelay(sk);
	lane->sent_messages = 0;
	lane->got_messages = 0;
	lane->told = 0;
	memset(&lane->id, 0, sizeof(lane->id));
	lane->session = 0;
	lane->reason = 0;
	lane->why = NULL;
	lane->step = AFAR_STEP_CHALLENGE;
	lane->proven = false;
	lane->parting = false;
	lane->acked = 0;
	lane->stuck = 0;
	lane->silent = 0;
	lane->answered = jiffies;
	lane->came = jiffies;
	lane->deadline = (jiffies + PROVE) | 1;

	mutex_lock(&lane->lock);
	lane->sock = sock;
	lane->dead = false;
	mutex_unlock(&lane->lock);
	/* afar_link_stop() sets it and then kills all lanes: one of us sees the other */
	smp_mb();
	if (!READ_ONCE(g->link.stopping))
		return 0;
	afar_lane_close(lane);
	return -ESHUTDOWN;
}

/**
 * afar_lane_live() - the handshake is over: silence is judged by timeout_ms from now on
 * @lane:          in a session
 * @their_timeout: the peer's timeout_ms
 */
void afar_lane_live(struct afar_lane *lane, u32 their_timeout)
{
	u32 ms = lane->group->options.value[AFAR_KNOB_TIMEOUT];

	lane->deadline = 0;
	/* whoever judges more strictly must not be kept waiting for a sign of life */
	lane->quarter = max(msecs_to_jiffies(min(ms, their_timeout)) / 4, 1UL);
	lane->sock->sk->sk_rcvtimeo = msecs_to_jiffies(ms);
	/* the dialling side has had another one for connect */
	lane->stuck = 3 * msecs_to_jiffies(ms);
	lane->sock->sk->sk_sndtimeo = LOOK;
}

/** afar_lane_close() - let the connection go; no thread but the caller's uses it any more */
void afar_lane_close(struct afar_lane *lane)
{
	struct socket *sock;

	mutex_lock(&lane->lock);
	sock = lane->sock;
	lane->sock = NULL;
	WRITE_ONCE(lane->dead, true);
	mutex_unlock(&lane->lock);
	if (sock)
		sock_release(sock);
}

/**
 * afar_lane_kill() - end a lane, from any thread; its threads find out
 * @lane:   the lane, which must not go away meanwhile
 * @reason: enum afar_reason; 0: the connection broke
 */
void afar_lane_kill(struct afar_lane *lane, u32 reason)
{
	struct afar_group *g = lane->group;

	mutex_lock(&lane->lock);
	if (!lane->dead) {
		WRITE_ONCE(lane->dead, true);
		if (!lane->parting)
			lane->reason = reason;
		if (lane->sock)
			kernel_sock_shutdown(lane->sock, SHUT_RDWR);
	} else if (!lane->reason) {
		/* who wrote found it closed before who reads found out why */
		lane->reason = reason;
	}
	mutex_unlock(&lane->lock);
	wake_up_all(&g->stream.wait);
	wake_up_all(&g->stage.wait);
	wake_up_all(&g->link.wait);
}

static int send_all(struct afar_lane *lane, struct msghdr *msg)
{
	unsigned long since = jiffies;

	while (msg_data_left(msg)) {
		int r = sock_sendmsg(lane->sock, msg);

		if (r > 0)
			since = jiffies;
		else if (r != -EAGAIN || !time_before(jiffies, since + lane->stuck) ||
			 !afar_flow_hopes(lane))
			return r ? r : -EPIPE;
	}
	return 0;
}

/**
 * afar_lane_send() - send a message
 * @lane:    its writer's, or in its handshake
 * @info:    type, count, bytes, payload and term are set; items are in place in @lane->tx
 * @payload: what follows, whole pages; entry 0 is left free for the header block
 * @vecs:    entries, entry 0 included
 */
int afar_lane_send(struct afar_lane *lane, struct afar_head_info *info, struct bio_vec *payload,
		   unsigned int vecs)
{
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };
	struct bio_vec single;
	int r;

	if (!payload) {
		payload = &single;
		vecs = 1;
	}
	info->owner = lane->id;
	info->position = lane->sent_messages++;
	info->epoch = 0;
	info->stable = 0;
	afar_head_put(page_address(lane->tx), info);
	payload[0].bv_page = lane->tx;
	payload[0].bv_offset = 0;
	payload[0].bv_len = info->bytes;
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, payload, vecs, info->bytes + info->payload);
	r = send_all(lane, &msg);
	if (!r) {
		lane->group->stream.socket_bytes += info->bytes + info->payload;
		lane->group->stream.payload_bytes += info->payload;
	}
	return r;
}

/* Is what was sent still on its way? Who is busy with it has nothing to say yet. */
static bool taken_meanwhile(struct afar_lane *lane)
{
	u32 acked = READ_ONCE(tcp_sk(lane->sock->sk)->snd_una);
	bool more = acked != lane->acked;

	lane->acked = acked;
	if (!lane->deadline || !lane->proven || !more)
		return false;
	lane->deadline = (jiffies + MESSAGE) | 1;
	return true;
}

/* The timeout is for silence: a slow link may take as long as it likes for what it brings. */
static int receive_all(struct afar_lane *lane, struct msghdr *msg)
{
	while (msg_data_left(msg)) {
		int r = sock_recvmsg(lane->sock, msg, MSG_WAITALL | MSG_NOSIGNAL);

		if (r == -EAGAIN && taken_meanwhile(lane))
			continue;
		if (r <= 0)
			return r == -EAGAIN ? -ETIMEDOUT : r ? r : -ECONNRESET;
		if (lane->deadline && msg_data_left(msg) && time_after(jiffies, lane->deadline))
			return -ETIMEDOUT;
	}
	return 0;
}

static int receive(struct afar_lane *lane, void *to, size_t bytes)
{
	struct msghdr msg = { .msg_flags = MSG_WAITALL | MSG_NOSIGNAL };
	struct kvec iov = { .iov_base = to, .iov_len = bytes };

	iov_iter_kvec(&msg.msg_iter, ITER_DEST, &iov, 1, bytes);
	return receive_all(lane, &msg);
}

/**
 * afar_lane_receive() - receive a message, without its payload
 * @lane: its reader's, or in its handshake
 * @info: result: decoded head; the items are in @lane->rx
 * @why:  set for -EPROTO
 *
 * Whether it has its place here is looked at before more of it is read.
 *
 * Return: 0; -EPROTO: it failed its checks; -ETIMEDOUT: nothing came; other errors of the socket.
 */
int afar_lane_receive(struct afar_lane *lane, struct afar_head_info *info, const char **why)
{
	void *block = page_address(lane->rx);
	enum afar_step step;
	int r;

	if (lane->deadline && lane->proven)
		lane->deadline = (jiffies + MESSAGE) | 1;
	r = receive(lane, block, sizeof(struct afar_head));
	if (r)
		return r;
	*why = afar_head_get(block, info);
	if (*why)
		return -EPROTO;
	step = afar_step_next(lane->side, lane->step, info->type);
	if (!step) {
		*why = "message that has no place here";
		return -EPROTO;
	}
	if (info->bytes > sizeof(struct afar_head)) {
		r = receive(lane, block + sizeof(struct afar_head),
			    info->bytes - sizeof(struct afar_head));
		if (r)
			return r;
	}
	*why = afar_head_crc(block);
	if (!*why && info->position != lane->got_messages++)
		*why = "message out of sequence";
	if (!*why && (info->epoch || info->stable))
		*why = "fields of a journal record in a message";
	if (!*why && lane->session && !afar_uuid_equal(&info->owner, &lane->id))
		*why = "message of another session";
	if (*why)
		return -EPROTO;
	lane->step = step;
	return 0;
}

/** afar_lane_receive_pages() - receive @count pages of payload */
int afar_lane_receive_pages(struct afar_lane *lane, struct page **page, unsigned int count)
{
	struct msghdr msg = { .msg_flags = MSG_WAITALL | MSG_NOSIGNAL };
	struct bio_vec *vec;
	unsigned int i;
	int r;

	vec = kmalloc_array(count, sizeof(*vec), GFP_NOIO);
	if (!vec)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		vec[i].bv_page = page[i];
		vec[i].bv_offset = 0;
		vec[i].bv_len = PAGE_SIZE;
	}
	iov_iter_bvec(&msg.msg_iter, ITER_DEST, vec, count, (size_t)count * PAGE_SIZE);
	r = receive_all(lane, &msg);
	kfree(vec);
	return r;
}

static void say_bye(struct afar_lane *lane, u32 reason)
{
	struct afar_head_info info = {
		.type = AFAR_BYE,
		.bytes = sizeof(struct afar_head) + sizeof(struct afar_bye),
		.term = lane->group->journal.super.term,
	};

	afar_bye_put(page_address(lane->tx), reason);
	lane->stuck = 0;
	lane->sock->sk->sk_sndtimeo = PART;
	afar_lane_send(lane, &info, NULL, 0);
}

/** afar_lane_bye() - in the handshake: say why, as far as that still gets out, and end the lane */
void afar_lane_bye(struct afar_lane *lane, u32 reason)
{
	say_bye(lane, reason);
	afar_lane_kill(lane, reason);
}

/**
 * afar_lane_part() - end a live lane in order: its writer says BYE between two messages
 * @lane:   the lane, which must not go away meanwhile
 * @reason: enum afar_reason
 * @why:    more words, or NULL
 *
 * Does not wait. A writer that is stuck does not hear of it: afar_lane_kill() after a while.
 */
void afar_lane_part(struct afar_lane *lane, u32 reason, const char *why)
{
	struct afar_group *g = lane->group;

	mutex_lock(&lane->lock);
	if (!lane->dead && !lane->parting) {
		lane->reason = reason;
		lane->why = why;
		WRITE_ONCE(lane->parting, true);
	}
	mutex_unlock(&lane->lock);
	wake_up_all(&g->stream.wait);
	wake_up_all(&g->stage.wait);
}

/** afar_lane_wait_parted() - give the writer until @until, in jiffies, to do so */
void afar_lane_wait_parted(struct afar_lane *lane, unsigned long until)
{
	long left = until - jiffies;

	if (lane->session && left > 0)
		wait_event_idle_timeout(lane->group->link.wait, READ_ONCE(lane->dead), left);
}

/* Closing a connection throws away what is not on its way yet. */
static void wait_gone(struct afar_lane *lane)
{
	const struct tcp_sock *tp = tcp_sk(lane->sock->sk);
	unsigned int tries = 10;

	while (READ_ONCE(tp->write_seq) != READ_ONCE(tp->snd_una) && tries--)
		schedule_timeout_idle(PART / 10);
}

/* This node was primary until a moment ago; that it is not is durable. */
static void say_end(struct afar_lane *lane, const struct afar_cut *ended)
{
	struct afar_head_info info = {
		.type = AFAR_END,
		.bytes = sizeof(struct afar_head) + sizeof(struct afar_end),
		.term = lane->group->journal.super.term,
	};

	afar_end_put(page_address(lane->tx), ended->set, ended->seq);
	afar_lane_send(lane, &info, NULL, 0);
}

/**
 * afar_lane_rest() - a writer that has sent something, and has no more, looks again in a moment
 *
 * Before it waits to be woken: under load no write wakes anybody, and messages are larger.
 */
void afar_lane_rest(void)
{
	usleep_range_state(REST_US / 2, REST_US, TASK_IDLE);
}

/** afar_lane_say_bye() - the writer, between two messages: do what afar_lane_part() asks for */
void afar_lane_say_bye(struct afar_lane *lane)
{
	struct afar_group *g = lane->group;
	const struct afar_stream *s = &g->stream;

	if (!READ_ONCE(lane->parting) || READ_ONCE(lane->dead))
		return;
	if (lane->side == AFAR_SIDE_DIAL && READ_ONCE(s->ended)) {
		say_end(lane, &s->sets.closed);
		wait_event_idle_timeout(g->link.wait, READ_ONCE(lane->dead), AFAR_END_WAIT);
	}
	say_bye(lane, lane->reason);
	wait_gone(lane);
}
