/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the agent in the guest and vmctl on the host say to each other, over one virtio-serial port
 * a session at a time:
 *
 *	verb SP session SP base64 LF
 *
 * host to guest:  S start (ends what an earlier session left)   X run this with sh -c
 *                 I bytes of standard input                      E end of standard input
 * guest to host:  O bytes of stdout   R bytes of stderr          Q exit status, in decimal
 *
 * A port is a pipe without beginnings: a reader may find half of a line that was meant for someone
 * who is gone.  Hence lines, in letters that cannot hold a LF, and a session id on each.
 */
#ifndef AFAR_VM_LINE_H
#define AFAR_VM_LINE_H

#include <stddef.h>
#include <string.h>

#define LINE_PORTS	12	/* ports run.0 ... run.11: commands at once in one guest */
#define LINE_CHUNK	3072	/* bytes of payload in one line */
#define LINE_MAX	131072	/* a command may be longer than a chunk */
#define SESSION_LEN	16

static inline size_t b64_encode(char *out, const unsigned char *in, size_t n)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *o = out;
	size_t i;

	for (i = 0; i < n; i += 3) {
		unsigned int v = in[i] << 16;

		if (i + 1 < n)
			v |= in[i + 1] << 8;
		if (i + 2 < n)
			v |= in[i + 2];
		*o++ = abc[v >> 18];
		*o++ = abc[v >> 12 & 63];
		*o++ = i + 1 < n ? abc[v >> 6 & 63] : '=';
		*o++ = i + 2 < n ? abc[v & 63] : '=';
	}
	return o - out;
}

static inline int b64_value(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Decodes in place; stops at the first letter that is none. */
static inline size_t b64_decode(char *s)
{
	unsigned int v = 0, bits = 0;
	const char *in = s;
	char *o = s;
	int c;

	for (; (c = b64_value(*in)) >= 0; in++) {
		v = v << 6 | c;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*o++ = v >> bits;
		}
	}
	return o - s;
}

struct line_buf {
	char b[LINE_MAX];
	size_t len;
	int skip;	/* too long a line is dropped whole */
};

/*
 * Takes one line off the buffer: the verb, or 0 when no whole line is there.  *session and *arg
 * point into @line.
 */
static inline int line_take(struct line_buf *in, char *line, char **session, char **arg)
{
	char *lf;
	size_t n;

again:
	lf = memchr(in->b, '\n', in->len);
	if (!lf) {
		if (in->len == sizeof(in->b)) {
			in->len = 0;
			in->skip = 1;
		}
		return 0;
	}
	n = lf - in->b;
	memcpy(line, in->b, n);
	line[n] = 0;
	in->len -= n + 1;
	memmove(in->b, lf + 1, in->len);
	if (in->skip) {
		in->skip = 0;
		goto again;
	}
	if (n < 2 + SESSION_LEN || line[1] != ' ')
		goto again;
	*session = line + 2;
	*arg = line + 2 + SESSION_LEN;
	if (**arg == ' ')
		*(*arg)++ = 0;
	else if (**arg)
		goto again;
	return line[0];
}

#endif
