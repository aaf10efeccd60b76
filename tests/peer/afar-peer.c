// SPDX-License-Identifier: GPL-2.0-only
/*
 * A peer that means no good: speaks dm-afar's protocol far enough to break one rule of it.
 *
 * Exit status: 0: the other end did what it should; 1: it did not; 2: usage.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <afar/journal.h>
#include "crc.h"
#include "talk.h"

static int usage(void)
{
	fprintf(stderr,
		"usage: afar-peer primary [IP PORT SECTORS[,SECTORS...] PLAY [SECONDS]]\n"
		"       afar-peer secondary [IP PORT SECTORS[,SECTORS...] PLAY [SECONDS]]\n"
		"       afar-peer script IP PORT SECTORS[,SECTORS...] - [SECONDS]\n"
		"       afar-peer seal <BLOCK >BLOCK\n"
		"\n"
		"A primary dials, a secondary listens for one connection. SECTORS are the lengths of\n"
		"the volumes. Without arguments: names the plays. A script is a primary that does\n"
		"what stdin says (script.c). Seal: a superblock with a checksum that is right.\n"
		"\n"
		"Environment: AFAR_KEY, the secret, if there is one; AFAR_FROM, the address to dial\n"
		"from; AFAR_SEED, a number, for the plays whose name begins with fuzz.\n");
	return 2;
}

static void connect_to(struct peer *p, struct sockaddr_in *to)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	char *address = getenv("AFAR_FROM");

	p->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (address && (!inet_aton(address, &from.sin_addr) ||
			bind(p->fd, (struct sockaddr *)&from, sizeof(from))))
		die("cannot bind to %s: %m", address);
	if (connect(p->fd, (struct sockaddr *)to, sizeof(*to)))
		die("cannot connect: %m");
}

static void accept_at(struct peer *p, struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)at, sizeof(*at)) || listen(fd, 1))
		die("cannot listen: %m");
	alarm(p->timeout * 2);
	p->fd = accept(fd, NULL, NULL);
	if (p->fd < 0)
		die("cannot accept: %m");
	alarm(0);
	close(fd);
}

/* A fault in it is then seen by what looks at the member. */
static int seal(void)
{
	struct afar_super block;

	if (fread(&block, sizeof(block), 1, stdin) != 1)
		die("no block");
	block.crc = cpu_to_le32(afar_crc_around(&block, sizeof(block),
						offsetof(struct afar_super, crc)));
	return fwrite(&block, sizeof(block), 1, stdout) != 1;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct peer p;
	bool primary, script;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 2 && !strcmp(argv[1], "seal"))
		return seal();
	if (argc != 2 && argc != 6 && argc != 7)
		return usage();
	script = argc > 2 && !strcmp(argv[1], "script");
	primary = script || !strcmp(argv[1], "primary");
	if (!primary && strcmp(argv[1], "secondary"))
		return usage();
	if (argc == 2) {
		if (primary)
			play_primary(NULL, NULL);
		else
			play_secondary(NULL, NULL);
		return 0;
	}
	if (!inet_aton(argv[2], &address.sin_addr))
		return usage();
	address.sin_port = htons(atoi(argv[3]));
	peer_init(&p, primary ? AFAR_PRIMARY : AFAR_SECONDARY, argv[4]);
	p.timeout = argc == 7 ? atoi(argv[6]) : 10;
	if (primary) {
		connect_to(&p, &address);
		if (script)
			play_script(&p);
		else
			play_primary(&p, argv[5]);
	} else {
		accept_at(&p, &address);
		play_secondary(&p, argv[5]);
	}
	return 0;
}
