// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: prove
 * The first messages of a lane, on both sides: each proves to the other that it has the key that
 * the group's table names. Before that nothing of the peer's is believed, but that it refuses.
 */
#include <linux/random.h>
#include "core/proof.h"
#include "group.h"

static void draw(struct afar_group *g, struct afar_challenge_info *mine)
{
	*mine = (struct afar_challenge_info){
		.version_min = AFAR_PROTOCOL,
		.version_max = AFAR_PROTOCOL,
		.flags = g->key.given ? AFAR_CHALLENGE_KEY : 0,
	};
	get_random_bytes(mine->nonce, sizeof(mine->nonce));
}

static int send_challenge(struct afar_lane *lane, const struct afar_challenge_info *mine)
{
	struct afar_head_info info = {
		.type = AFAR_CHALLENGE,
		.bytes = sizeof(struct afar_head) + sizeof(struct afar_challenge),
	};

	afar_challenge_put(page_address(lane->tx), mine);
	return afar_lane_send(lane, &info, NULL, 0);
}

static int receive_challenge(struct afar_lane *lane, struct afar_challenge_info *theirs)
{
	struct afar_head_info info;
	int r = afar_handshake_next(lane, &info);

	if (r)
		return r;
	lane->why = afar_challenge_get(page_address(lane->rx), theirs);
	return lane->why ? AFAR_BYE_GARBAGE : 0;
}

static int send_proof(struct afar_lane *lane, const u8 *proof)
{
	struct afar_head_info info = {
		.type = AFAR_PROOF,
		.bytes = sizeof(struct afar_head) + sizeof(struct afar_proof),
	};

	afar_proof_put(page_address(lane->tx), proof);
	return afar_lane_send(lane, &info, NULL, 0);
}

/**
 * afar_prove_dial() - the primary's side
 * @lane:   open
 * @theirs: result: the peer's challenge
 *
 * Return: as afar_handshake_dial().
 */
int afar_prove_dial(struct afar_lane *lane, struct afar_challenge_info *theirs)
{
	const struct afar_key *key = &lane->group->key;
	struct afar_challenge_info mine;
	u8 proof[AFAR_DIGEST];
	int r;

	draw(lane->group, &mine);
	r = send_challenge(lane, &mine);
	if (!r)
		r = receive_challenge(lane, theirs);
	if (r)
		return r;
	if (!afar_proven(key, AFAR_SIDE_LISTEN, &mine, theirs, theirs->proof))
		return AFAR_BYE_KEY;
	afar_prove(key, AFAR_SIDE_DIAL, &mine, theirs, proof);
	r = send_proof(lane, proof);
	lane->proven = !r;
	return r;
}

/**
 * afar_prove_answer() - the listening side
 * @lane:   open
 * @theirs: result: the peer's challenge
 *
 * Return: as afar_handshake_dial().
 */
int afar_prove_answer(struct afar_lane *lane, struct afar_challenge_info *theirs)
{
	const struct afar_key *key = &lane->group->key;
	struct afar_challenge_info mine;
	struct afar_head_info info;
	u8 proof[AFAR_DIGEST];
	int r = receive_challenge(lane, theirs);

	if (r)
		return r;
	if (memchr_inv(theirs->proof, 0, sizeof(theirs->proof))) {
		lane->why = "proof before the challenge";
		return AFAR_BYE_GARBAGE;
	}
	draw(lane->group, &mine);
	afar_prove(key, AFAR_SIDE_LISTEN, theirs, &mine, mine.proof);
	r = send_challenge(lane, &mine);
	if (r)
		return r;
	/* now it can see for itself that only one of us has a key */
	if (theirs->flags != mine.flags)
		return AFAR_BYE_KEY;
	r = afar_handshake_next(lane, &info);
	if (r)
		return r;
	afar_proof_get(page_address(lane->rx), proof);
	if (!afar_proven(key, AFAR_SIDE_DIAL, theirs, &mine, proof))
		return AFAR_BYE_KEY;
	lane->proven = true;
	afar_door_proven(lane);
	return 0;
}
