/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef AFAR_HELLO_H
#define AFAR_HELLO_H

#include "group.h"

/** AFAR_ARRIVALS_MAX - more arrivals are not listed: a set that large does not fit a stage */
#define AFAR_ARRIVALS_MAX	AFAR_WINDOW

/**
 * struct afar_peer - what the other side has said of itself
 * @mine:   what it is judged against
 * @challenge: what it has proven the key with
 * @hello:  its HELLO
 * @term:   its term
 * @adopt:  this node takes over its term
 * @follow: and its volume table
 * @range:  its arrivals
 * @table:  its volume table, at the cut that it goes by
 * @changes: of a primary: changes of the table behind that cut
 * @differs: of a node that has given up a history of its own: where it may differ by that
 */
struct afar_peer {
	struct afar_super_info mine;
	struct afar_challenge_info challenge;
	struct afar_hello_info hello;
	struct afar_term term;
	bool adopt;
	bool follow;
	struct afar_range *range;
	struct afar_table_entry table[AFAR_VOLUMES];
	struct afar_changes changes;
	struct afar_differs differs;
};

struct afar_peer *afar_peer_alloc(void);
void afar_peer_free(struct afar_peer *peer);
int afar_hello_send(struct afar_lane *lane, u16 flags, struct afar_range *range, u64 ranges);
int afar_hello_receive(struct afar_lane *lane, struct afar_peer *peer);

#endif /* AFAR_HELLO_H */
