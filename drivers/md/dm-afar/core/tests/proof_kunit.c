// SPDX-License-Identifier: GPL-2.0-only
/* HMAC-SHA256 against RFC 4231; whose proof holds for whom. */
#include "../proof.h"
#include "suites.h"
#include "util.h"

struct vector {
	const char *name;
	const char *key;	/* repeated to @key_bytes */
	unsigned int key_bytes;
	const char *data;	/* repeated to @data_bytes */
	unsigned int data_bytes;
	const char *digest;	/* hexadecimal; case 5 of the RFC truncates it */
};

#define COUNTED	"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13" \
		"\x14\x15\x16\x17\x18\x19"
#define LARGER	"Test Using Larger Than Block-Size Key - Hash Key First"
#define BOTH	"This is a test using a larger than block-size key and a larger than " \
		"block-size data. The key needs to be hashed before being used by the HMAC algorithm."

static const struct vector vectors[] = {
	{ "RFC 4231 case 1", "\x0b", 20, "Hi There", 8,
	  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ "RFC 4231 case 2", "Jefe", 4, "what do ya want for nothing?", 28,
	  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "RFC 4231 case 3", "\xaa", 20, "\xdd", 50,
	  "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
	{ "RFC 4231 case 4", COUNTED, 25, "\xcd", 50,
	  "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
	{ "RFC 4231 case 5", "\x0c", 20, "Test With Truncation", 20,
	  "a3b6167473100ee06e0c796c2955552b" },
	{ "RFC 4231 case 6", "\xaa", 131, LARGER, 54,
	  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	{ "RFC 4231 case 7", "\xaa", 131, BOTH, 152,
	  "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
};

static void vector_desc(const struct vector *v, char *desc)
{
	strcpy(desc, v->name);
}

KUNIT_ARRAY_PARAM(vector, vectors, vector_desc);

static void repeat(u8 *to, const char *text, unsigned int bytes)
{
	unsigned int length = max_t(unsigned int, strlen(text), 1), i;

	for (i = 0; i < bytes; i++)
		to[i] = text[i % length];
}

static u8 nibble(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void hmac_is_that_of_the_rfc(struct kunit *test)
{
	const struct vector *v = test->param_value;
	u8 secret[160], message[AFAR_HMAC_MAX], digest[AFAR_DIGEST];
	struct afar_key key;
	unsigned int i;

	repeat(secret, v->key, v->key_bytes);
	repeat(message, v->data, v->data_bytes);
	afar_key_set(&key, secret, v->key_bytes);
	KUNIT_EXPECT_TRUE(test, key.given);
	afar_hmac(&key, message, v->data_bytes, digest);
	for (i = 0; i < strlen(v->digest) / 2; i++)
		KUNIT_ASSERT_EQ_MSG(test, digest[i],
				    nibble(v->digest[2 * i]) << 4 | nibble(v->digest[2 * i + 1]),
				    "byte %u", i);
}

struct pair {
	struct afar_key key;
	struct afar_key other;
	struct afar_key none;
	struct afar_challenge_info dial;
	struct afar_challenge_info listen;
	u8 proof[AFAR_DIGEST];
};

static void challenge_init(struct afar_challenge_info *challenge, u8 seed)
{
	memset(challenge, 0, sizeof(*challenge));
	challenge->version_min = 1;
	challenge->version_max = 2;
	challenge->flags = AFAR_CHALLENGE_KEY;
	memset(challenge->nonce, seed, sizeof(challenge->nonce));
}

static void pair_init(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	afar_key_set(&p->key, "0123456789abcdef", 16);
	afar_key_set(&p->other, "0123456789abcdeg", 16);
	challenge_init(&p->dial, 0x11);
	challenge_init(&p->listen, 0x22);
}

static bool holds(struct pair *p, const struct afar_key *key, enum afar_side side)
{
	return afar_proven(key, side, &p->dial, &p->listen, p->proof);
}

static void who_has_the_key_can_prove_it(struct kunit *test)
{
	enum afar_side side;
	struct pair p;

	for (side = AFAR_SIDE_DIAL; side <= AFAR_SIDE_LISTEN; side++) {
		pair_init(&p);
		afar_prove(&p.key, side, &p.dial, &p.listen, p.proof);
		KUNIT_EXPECT_TRUE(test, holds(&p, &p.key, side));
		KUNIT_EXPECT_FALSE(test, holds(&p, &p.other, side));
		KUNIT_EXPECT_FALSE(test, holds(&p, &p.none, side));
	}
}

/* What one side says is worth nothing in the mouth of the other. */
static void a_proof_cannot_be_given_back(struct kunit *test)
{
	struct pair p;

	pair_init(&p);
	afar_prove(&p.key, AFAR_SIDE_LISTEN, &p.dial, &p.listen, p.proof);
	KUNIT_EXPECT_FALSE(test, holds(&p, &p.key, AFAR_SIDE_DIAL));
	swap(p.dial, p.listen);
	KUNIT_EXPECT_FALSE(test, holds(&p, &p.key, AFAR_SIDE_DIAL));
	KUNIT_EXPECT_FALSE(test, holds(&p, &p.key, AFAR_SIDE_LISTEN));
}

static void a_proof_is_for_these_challenges_only(struct kunit *test)
{
	struct pair p;
	unsigned int i;

	pair_init(&p);
	afar_prove(&p.key, AFAR_SIDE_DIAL, &p.dial, &p.listen, p.proof);
	for (i = 0; i < 2 * AFAR_NONCE; i++) {
		u8 *byte = i < AFAR_NONCE ? &p.dial.nonce[i] : &p.listen.nonce[i - AFAR_NONCE];

		*byte ^= 1;
		KUNIT_EXPECT_FALSE_MSG(test, holds(&p, &p.key, AFAR_SIDE_DIAL), "nonce %u", i);
		*byte ^= 1;
	}
	for (i = 0; i < AFAR_DIGEST; i++) {
		p.proof[i] ^= 0x80;
		KUNIT_EXPECT_FALSE_MSG(test, holds(&p, &p.key, AFAR_SIDE_DIAL), "proof %u", i);
		p.proof[i] ^= 0x80;
	}
	p.dial.version_max++;
	KUNIT_EXPECT_FALSE(test, holds(&p, &p.key, AFAR_SIDE_DIAL));
	p.dial.version_max--;
	p.listen.version_min++;
	KUNIT_EXPECT_FALSE(test, holds(&p, &p.key, AFAR_SIDE_DIAL));
	p.listen.version_min--;
	KUNIT_EXPECT_TRUE(test, holds(&p, &p.key, AFAR_SIDE_DIAL));
}

static void either_both_have_a_key_or_neither(struct kunit *test)
{
	struct pair p;

	pair_init(&p);
	p.dial.flags = 0;
	p.listen.flags = 0;
	KUNIT_EXPECT_TRUE(test, holds(&p, &p.none, AFAR_SIDE_DIAL));
	KUNIT_EXPECT_FALSE(test, holds(&p, &p.key, AFAR_SIDE_DIAL));
	p.proof[3] = 1;
	KUNIT_EXPECT_FALSE(test, holds(&p, &p.none, AFAR_SIDE_DIAL));
	/* it says that it has one; so do we not */
	p.proof[3] = 0;
	p.dial.flags = AFAR_CHALLENGE_KEY;
	KUNIT_EXPECT_FALSE(test, holds(&p, &p.none, AFAR_SIDE_DIAL));
	p.listen.flags = AFAR_CHALLENGE_KEY;
	KUNIT_EXPECT_FALSE(test, holds(&p, &p.none, AFAR_SIDE_DIAL));
	/* it says that it has none; we do */
	p.dial.flags = 0;
	afar_prove(&p.key, AFAR_SIDE_DIAL, &p.dial, &p.listen, p.proof);
	KUNIT_EXPECT_FALSE(test, holds(&p, &p.key, AFAR_SIDE_DIAL));
}

static struct kunit_case proof_cases[] = {
	KUNIT_CASE_PARAM(hmac_is_that_of_the_rfc, vector_gen_params),
	KUNIT_CASE(who_has_the_key_can_prove_it),
	KUNIT_CASE(a_proof_cannot_be_given_back),
	KUNIT_CASE(a_proof_is_for_these_challenges_only),
	KUNIT_CASE(either_both_have_a_key_or_neither),
	{}
};

struct kunit_suite afar_proof_suite = {
	.name = "afar_proof",
	.test_cases = proof_cases,
};
