/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: link
 * All lanes of a group and their handshake. Both nodes listen; a primary dials. The first lane
 * that gets through a full handshake begins a session; further lanes join it. A session ends when
 * its last lane dies, or when the secondary accepts a newer one.
 *
 * A lane has two threads: a reader and a writer. On the dialling side the writer comes first and
 * owns the lane; on the listening side the reader does.
 */
#ifndef AFAR_LINK_H
#define AFAR_LINK_H

#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/ratelimit.h>
#include <linux/socket.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include "core/backoff.h"
#include "core/steps.h"

struct afar_group;

/** struct afar_addresses - of a table line; equal index, same lane */
struct afar_addresses {
	unsigned int locals;
	unsigned int peers;
	struct sockaddr_storage local[AFAR_LANES];
	struct sockaddr_storage peer[AFAR_LANES];
};

/**
 * struct afar_lane - one TCP connection
 * @group:   the group
 * @number:  in its session
 * @slot:    its place in struct afar_link.pulse
 * @lock:    Protects: @sock and @dead against those who kill the lane; @una, @answered, @silent
 * @sock:    the connection; NULL: none
 * @peer:    the other end's address, for messages
 * @owner:   the thread whose lane this is; kept until kthread_stop()
 * @helper:  the other thread
 * @session: number of the local session that it belongs to; 0: none
 * @id:      the session's id, in every message
 * @side:    the node's part in the handshake
 * @step:    what is due from the peer
 * @proven:  the peer has proven the key, or none is asked for: what it says is worth looking at
 * @in_place: the HELLO that went over it has said that a resync in place goes on
 * @came:    accepted lane: jiffies when it came in
 * @deadline: jiffies by which a message must be here, however it trickles; 0: only silence counts
 * @quarter: jiffies after which it is time for a sign of life
 * @stuck:   jiffies after which its writer, without room to send, gives up; 0: as the socket says
 * @una:     first byte that the peer's host had not confirmed at the last look
 * @answered: jiffies when it was seen to move
 * @silent:  jiffies from when on it has not, though something was sent; 0: it has
 * @round_trip: microseconds, as its writer saw it last
 * @watched: jiffies when its writer last looked after the other lanes
 * @dead:    one of its threads has given it up
 * @finished: accepted lane: its thread has ended, the slot can be used again
 * @sent_messages, @got_messages: count, for struct afar_head.position
 * @told:    primary: number of the last change of the volume table that it has shipped
 * @sent:    primary: commands that wait for DURABLE
 * @tx:      header block of the writer
 * @rx:      header block of the reader
 * @reason:  enum afar_reason why it was closed; 0: none
 * @why:     more words about that, or NULL
 * @parting: the writer is to say BYE with @reason, and end the lane
 * @acked:   last byte of ours that the peer's host has confirmed, as far as looked
 */
struct afar_lane {
	struct afar_group *group;
	unsigned int number;
	unsigned int slot;
	struct mutex lock;
	struct socket *sock;
	struct sockaddr_storage peer;
	struct task_struct *owner;
	struct task_struct *helper;
	u64 session;
	struct afar_uuid id;
	enum afar_side side;
	enum afar_step step;
	bool proven;
	bool in_place;
	unsigned long came;
	unsigned long deadline;
	long quarter;
	long stuck;
	u32 una;
	unsigned long answered;
	unsigned long silent;
	u32 round_trip;
	unsigned long watched;
	bool dead;
	bool finished;
	u64 sent_messages;
	u64 got_messages;
	u64 told;
	struct list_head sent;
	struct page *tx;
	struct page *rx;
	u32 reason;
	const char *why;
	bool parting;
	u32 acked;
};

/**
 * AFAR_ACCEPTED - lanes that the listening side has room for: those of a session, as many again
 * that are dead and do not know it yet, and those that have not proven the key yet, from addresses
 * of the table and from others
 */
#define AFAR_ACCEPTED	(2 * AFAR_LANES + AFAR_UNPROVEN_KNOWN + AFAR_UNPROVEN_OTHER)
#define AFAR_UNPROVEN_KNOWN	16
#define AFAR_UNPROVEN_OTHER	8

/** AFAR_END_WAIT - a peer is given so long to answer END */
#define AFAR_END_WAIT	(4 * HZ)

/**
 * struct afar_listener - one local address
 * @group: the group
 * @sock:  listening socket
 * @task:  accepts
 */
struct afar_listener {
	struct afar_group *group;
	struct socket *sock;
	struct task_struct *task;
};

/**
 * struct afar_link - the lanes of a group
 * @lock:      Protects: @session, @id, @beginning, @live, @counter, @reason, @hopeless, @backoff
 * @stopping:  all threads are to end
 * @session:   number of the live session; 0: none
 * @id:        its id
 * @beginning: a lane is in the handshake of a new session
 * @live:      lanes in the session
 * @counter:   last session number given out on this node
 * @reason:    why the last lane was closed or refused
 * @hopeless:  the peer, proven, said or showed that it cannot be served without a resync
 * @fork:      where the peer's history parts from this node's, as it said last; term 0: it does not
 * @again:     counts what lets a peer in that was refused: who waits to dial again need not
 * @backoff:   addresses that are not listened to for a while
 * @rival:     the peer has dialled as primary of another history; there was no session since
 * @busy:      jiffies when a lane last sent commands or acknowledgments
 * @pulse:     microseconds of a round trip on each lane of the session; 0: no such lane
 * @peer:      node uuid of the peer of the last session
 * @peer_journal: its journal uuid
 * @wait:      lanes wait for a session, a back-off, or the end
 * @silent:    lines about connections that end without a word
 * @listener:  one for each local address
 * @listeners: how many
 * @dialled:   lanes of a primary, by number
 * @slots:     Protects: @accepted while lanes come in
 * @accepted:  lanes of a secondary, any order
 */
struct afar_link {
	spinlock_t lock;
	bool stopping;
	u64 session;
	struct afar_uuid id;
	bool beginning;
	unsigned int live;
	u64 counter;
	u32 reason;
	bool hopeless;
	struct afar_chain_entry fork;
	bool rival;
	unsigned int again;
	struct afar_backoff backoff;
	unsigned long busy;
	u32 pulse[AFAR_ACCEPTED];
	struct afar_uuid peer;
	struct afar_uuid peer_journal;
	wait_queue_head_t wait;
	struct ratelimit_state silent;
	struct afar_listener listener[AFAR_LANES];
	unsigned int listeners;
	struct afar_lane *dialled[AFAR_LANES];
	struct mutex slots;
	struct afar_lane *accepted[AFAR_ACCEPTED];
};

void afar_link_init(struct afar_link *link);
int afar_link_open(struct afar_group *g);
int afar_link_start(struct afar_group *g);
int afar_link_restart(struct afar_group *g);
void afar_link_stop(struct afar_group *g);
bool afar_link_say_end(struct afar_group *g);
const char *afar_link_state(struct afar_group *g);
void afar_link_reason(struct afar_group *g, u32 reason);

/** afar_lane_over() - is it dead, or about to be? What its threads look at between messages. */
static inline bool afar_lane_over(const struct afar_lane *lane)
{
	return READ_ONCE(lane->dead) || READ_ONCE(lane->parting);
}

/* lane.c: bytes in and out of one connection */
struct afar_lane *afar_lane_alloc(struct afar_group *g, unsigned int number);
void afar_lane_free(struct afar_lane *lane);
int afar_lane_open(struct afar_lane *lane, struct socket *sock);
void afar_lane_live(struct afar_lane *lane, u32 their_timeout);
void afar_lane_close(struct afar_lane *lane);
void afar_lane_kill(struct afar_lane *lane, u32 reason);
int afar_lane_send(struct afar_lane *lane, struct afar_head_info *info, struct bio_vec *payload,
		   unsigned int vecs);
int afar_lane_receive(struct afar_lane *lane, struct afar_head_info *info, const char **why);
int afar_lane_receive_pages(struct afar_lane *lane, struct page **page, unsigned int count);
void afar_lane_bye(struct afar_lane *lane, u32 reason);
void afar_lane_part(struct afar_lane *lane, u32 reason, const char *why);
void afar_lane_wait_parted(struct afar_lane *lane, unsigned long until);
void afar_lane_say_bye(struct afar_lane *lane);
void afar_lane_rest(void);

/* flow.c: who takes what is ready */
void afar_flow_begin(struct afar_lane *lane);
void afar_flow_end(struct afar_lane *lane);
void afar_flow_sent(struct afar_lane *lane);
u32 afar_flow_room(struct afar_lane *lane);
long afar_flow_patience(const struct afar_lane *lane, unsigned long since);
long afar_flow_nap(const struct afar_lane *lane, long longest);
void afar_flow_watch(struct afar_lane *lane);
bool afar_flow_hopes(const struct afar_lane *lane);

/* door.c: who may come in */
bool afar_door_admits(struct afar_group *g, const struct sockaddr_storage *from);
void afar_door_failed(struct afar_lane *lane, u32 reason);
void afar_door_silent(struct afar_lane *lane, int r);
void afar_door_proven(struct afar_lane *lane);

/* prove.c, handshake.c */
int afar_prove_dial(struct afar_lane *lane, struct afar_challenge_info *theirs);
int afar_prove_answer(struct afar_lane *lane, struct afar_challenge_info *theirs);
int afar_handshake_next(struct afar_lane *lane, struct afar_head_info *info);
int afar_handshake_dial(struct afar_lane *lane);
int afar_handshake_answer(struct afar_lane *lane);

/* ship.c: a live lane of a primary; receive.c: of a secondary */
void afar_ship(struct afar_lane *lane);
int afar_ship_reader(void *data);
void afar_receive(struct afar_lane *lane);
int afar_receive_writer(void *data);

#endif /* AFAR_LINK_H */
