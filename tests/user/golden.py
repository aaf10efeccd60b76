#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Writes core/tests/golden.h: one message of each type and one metadata block of each kind, byte by
byte. It lays them out with code of its own, from the comments in include/afar, so that a codec that
encodes and decodes with the same mistake does not pass.

usage: golden.py > golden.h
"""
import struct

BLOCK = 4096


def crc32c(data):
    """crc32c, seed ~0, no inversion at the end."""
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x82f63b78 if crc & 1 else crc >> 1
    return crc


def xxh64(data, seed):
    """xxHash, 64 bits, of less than 2^64 bytes."""
    mask = 2 ** 64 - 1
    p1, p2, p3, p4, p5 = (11400714785074694791, 14029467366897019727, 1609587929392839161,
                          9650029242287828579, 2870177450012600261)

    def rot(x, n):
        return (x << n | x >> (64 - n)) & mask

    def lane(acc, word):
        return rot((acc + word * p2) & mask, 31) * p1 & mask

    def words(at, size):
        return int.from_bytes(data[at:at + size], "little")

    at = 0
    if len(data) >= 32:
        acc = [(seed + p1 + p2) & mask, (seed + p2) & mask, seed, (seed - p1) & mask]
        while at + 32 <= len(data):
            acc = [lane(a, words(at + 8 * i, 8)) for i, a in enumerate(acc)]
            at += 32
        h = sum(rot(a, n) for a, n in zip(acc, (1, 7, 12, 18))) & mask
        for a in acc:
            h = ((h ^ lane(0, a)) * p1 + p4) & mask
    else:
        h = (seed + p5) & mask
    h = (h + len(data)) & mask
    while at + 8 <= len(data):
        h = (rot(h ^ lane(0, words(at, 8)), 27) * p1 + p4) & mask
        at += 8
    if at + 4 <= len(data):
        h = (rot(h ^ (words(at, 4) * p1 & mask), 23) * p2 + p3) & mask
        at += 4
    for byte in data[at:]:
        h = rot(h ^ (byte * p5 & mask), 11) * p1 & mask
    h = (h ^ h >> 33) * p2 & mask
    h = (h ^ h >> 29) * p3 & mask
    return h ^ h >> 32


def payload_sum(data):
    s = 0
    for at in range(0, len(data), BLOCK):
        s = xxh64(data[at:at + BLOCK], s) & 0xffffffff
    return s


class Block:
    """A list of fields, in order; le(n, v) puts v as n bytes, little-endian."""

    def __init__(self):
        self.fields = []
        self.length = 0

    def raw(self, name, data):
        self.fields.append([self.length, name, data])
        self.length += len(data)
        return self

    def le(self, size, name, value):
        return self.raw(name, value.to_bytes(size, "little"))

    def uuid(self, name, first):
        return self.raw(name, bytes(range(first, first + 16)))

    def zero(self, name, count):
        return self.raw(name, bytes(count))

    def bytes(self):
        return b"".join(data for _, _, data in self.fields)

    def patch(self, name, size, value):
        for field in self.fields:
            if field[1] == name:
                field[2] = value.to_bytes(size, "little")
                return


def head(kind, count, body, payload=0, epoch=0, stable=0):
    """128 bytes and the body behind them."""
    b = Block()
    b.raw("magic", b"AFAR")
    b.le(2, "type", kind)
    b.le(2, "count", count)
    b.le(4, "bytes", 128 + body.length)
    b.le(4, "payload", payload)
    b.le(4, "crc", 0)
    b.le(4, "flags", 0)
    b.uuid("owner", 0x10)
    b.le(8, "term.counter", 0x0102030405060708)
    b.uuid("term.id", 0x20)
    b.le(8, "position", 0x1112131415161718)
    b.le(8, "epoch", epoch)
    b.le(8, "stable", stable)
    b.zero("reserved", 40)
    for _, name, data in body.fields:
        b.raw(name, data)
    b.patch("crc", 4, crc32c(b.bytes()))
    return b


def command(b, i, op, seq, set_, first, sector=0, length=0, sum_=0, volume=0, flags=0, blocks=0,
            time=0, generation=0):
    p = "command %d: " % i
    b.le(8, p + "seq", seq).le(8, p + "set", set_).le(8, p + "first", first)
    b.le(8, p + "sector", sector).le(4, p + "bytes", length).le(4, p + "sum", sum_)
    b.le(2, p + "volume", volume).le(1, p + "op", op).le(1, p + "flags", flags)
    b.le(4, p + "blocks", blocks).le(8, p + "time", time)
    b.le(8, p + "map_generation", generation)


def change(b, i, op, seq, set_, first, sectors, volume, name):
    p = "command %d: " % i
    b.le(8, p + "seq", seq).le(8, p + "set", set_).le(8, p + "first", first)
    b.le(8, p + "sectors", sectors).zero(p + "reserved", 8)
    b.le(2, p + "volume", volume).le(1, p + "op", op).le(1, p + "flags", 0)
    b.zero(p + "reserved2", 4).uuid(p + "id", name)


def ended_term(b, i, n):
    p = "term %d: " % i
    b.le(8, p + "counter", 0x3132333435363700 + n).uuid(p + "id", 0x40 + n)
    b.le(8, p + "left_set", 0x5152535400 + n).le(8, p + "left_seq", 0x6162636400 + n)
    b.le(8, p + "time", 0x7172737475767700 + n)


def payload_bytes(length, seed):
    return bytes((seed + 7 * i + (i >> 8)) & 0xff for i in range(length))


def payload():
    """Two writes: 512 and 4608 bytes, padded to one and two blocks."""
    return payload_bytes(512, 1).ljust(BLOCK, b"\0") + payload_bytes(4608, 2).ljust(2 * BLOCK, b"\0")


def commands():
    b = Block()
    first = 0x0000a1a2a3a4a500
    set_ = 0x0000b1b2b3b4b5b6
    command(b, 0, 1, first + 1, set_, first, sector=0x007172737475767, length=512,
            sum_=payload_sum(payload_bytes(512, 1)), volume=0xc1)
    command(b, 1, 1, first + 2, set_, first, sector=0x41424344, length=4608,
            sum_=payload_sum(payload_bytes(4608, 2)), volume=0xff)
    command(b, 2, 2, first + 3, set_, first, sector=0x51525354, length=1 << 20, volume=2, flags=1)
    command(b, 3, 4, first + 4, set_, first)
    command(b, 4, 3, first + 0x1e, set_, first, blocks=0xd1d2d3, time=0xe1e2e3e4e5e6e7e8,
            generation=0xf1f2f3f4f5f6f7f8)
    change(b, 5, 6, first + 5, set_, first, 0x81828384858687 >> 4, 0xfe, 0x90)
    change(b, 6, 7, first + 6, set_, first, 0x91929394, 3, 0xa0)
    return b


def challenge():
    b = Block()
    b.le(2, "version_min", 1).le(2, "version_max", 0x0102).le(4, "flags", 1)
    b.raw("nonce", bytes(range(0x80, 0xa0))).raw("proof", bytes(range(0xc0, 0xe0)))
    return b.zero("reserved", 24)


def hello():
    b = Block()
    b.le(2, "version_min", 1).le(2, "version_max", 0x0102).le(2, "role", 2).le(2, "flags", 14)
    b.le(8, "features", 0x8182838485868788)
    b.uuid("group", 0x50).uuid("node", 0x60).uuid("journal", 0x70)
    b.le(2, "lane", 6).le(2, "lanes", 7).le(4, "block_size", 4096)
    b.le(4, "largest_set", 0x01020304).le(2, "volumes", 0xa0).le(2, "chain", 2)
    b.le(8, "arrivals", 0x9192939495969798).le(8, "credit", 0xa1a2a3a4a5a6a7a8)
    b.le(8, "replicated", 0x1020304050).le(8, "replicated_seq", 0x2122232425262728)
    b.le(8, "committed", 0x1020304040).le(8, "committed_seq", 0x2122232425262700)
    b.le(8, "time", 0xb1b2b3b4b5b6b7b8).le(4, "timeout", 0x01f2f3f4)
    b.zero("reserved0", 4).le(8, "map_generation", 0xd1d2d3d4d5d6d7d8)
    b.uuid("peer_journal", 0x80).le(8, "peer_generation", 0xe1e2e3e4e5e6e7e8).zero("reserved", 24)
    ended_term(b, 0, 2)
    ended_term(b, 1, 1)
    return b.zero("unused terms", 30 * 48)


def table():
    b = Block()
    for i, number, op, seq in ((0, 0, 0, 0), (1, 255, 6, 0x2122232425262728)):
        p = "volume %d: " % i
        b.uuid(p + "id", 0x80 + i).le(8, p + "sectors", 0x71727374757677 + i)
        b.le(2, p + "number", number).le(1, p + "op", op).zero(p + "reserved", 5)
        b.le(8, p + "seq", seq).le(8, p + "outside", 0 if op else 0x51525354555657)
    return b


def ranges(b):
    b.le(8, "range 0: first", 1).le(8, "range 0: last", 1)
    b.le(8, "range 1: first", 0x1112131415161718).le(8, "range 1: last", 0x7fffffffffffffff)
    return b


def ack():
    b = Block()
    b.le(8, "replicated", 0x1020304050).le(8, "replicated_seq", 0x2122232425262728)
    b.le(8, "committed", 0x1020304040).le(8, "committed_seq", 0x2122232425262700)
    b.le(8, "credit", 0x3132333435363738).zero("reserved", 24)
    return ranges(b)


def commit():
    b = Block()
    command(b, 0, 5, 0xa1a2a3a4a5, 0xb1b2b3b4, 0xa1a2a3a400, time=0xe1e2e3e4e5e6e7e8,
            generation=0xf1f2f3f4f5f6f7f8)
    return b


def bye():
    return Block().le(4, "reason", 9).zero("reserved", 12)


def ask():
    b = Block()
    for i, sector, length, volume, tag in ((0, 0x0102030405060708 >> 9, 1 << 20, 255, 0xa1a2),
                                           (1, 0, 512, 0, 0)):
        p = "extent %d: " % i
        b.le(8, p + "sector", sector).le(4, p + "bytes", length)
        b.le(2, p + "volume", volume).le(2, p + "tag", tag)
    return b


def hashes():
    b = Block()
    for i, sector, length, volume, tag, first in ((0, 0x0102030405060708 >> 9, 1 << 20, 255, 0xa1a2,
                                                   0xb0), (1, 0x41424344, 4608, 3, 0xffff, None)):
        p = "hash %d: " % i
        b.le(8, p + "sector", sector).le(4, p + "bytes", length)
        b.le(2, p + "volume", volume).le(2, p + "tag", tag)
        b.raw(p[:-2], bytes(32) if first is None else bytes(range(first, first + 32)))
    return b


def differs():
    b = Block()
    for i, sector, sectors, volume in ((0, 0x01020304050600 >> 1, 0x11121314151600 >> 1, 255),
                                       (1, 0, 128, 0)):
        p = "span %d: " % i
        b.le(8, p + "sector", sector).le(8, p + "sectors", sectors)
        b.le(2, p + "volume", volume).zero(p + "reserved", 6)
    return b


def superblock():
    b = Block()
    b.raw("magic", b"AFARSUPR").le(4, "crc", 0).le(2, "version", 1).le(2, "role", 2)
    b.le(8, "features", 0).le(8, "generation", 0x0102030405060708)
    b.uuid("journal", 0x10).uuid("node", 0x20).uuid("group", 0x30)
    b.le(8, "blocks", 0x12345678).le(4, "block_size", 4096).le(4, "chunk_bytes", 1 << 20)
    b.le(4, "table_start", 2).le(4, "map_start", 16).le(4, "map_blocks", 0x1000)
    b.le(4, "ring_blocks", 0x11223344).le(8, "ring_start", 0x2040)
    b.le(4, "flags", 479).le(4, "chain", 2)
    b.le(8, "epoch", 0x41424344).le(8, "epoch_position", 0x5152535455)
    b.le(8, "head", 0x5152535444).le(8, "stable", 0x5152535466)
    b.le(8, "term.counter", 0x6162636465666768).uuid("term.id", 0x40)
    b.le(8, "next_seq", 0x71727374).le(8, "next_set", 0x717273)
    b.le(8, "committed", 0x818283).le(8, "committed_seq", 0x81828384)
    b.le(8, "committed_time", 0x9192939495969798).le(8, "hold", 0xa1a2a3a4a5a6a7a8)
    b.le(8, "committing", 0xb1b2b3b4b5b6b7b8)
    b.uuid("peer_journal", 0xa0).le(8, "peer_generation", 0xc1c2c3c4c5c6c7c8)
    b.le(8, "left_generation", 0xd1d2d3d4d5d6d7d8).le(8, "left_seq", 0xe1e2e3e4e5e6e7e8)
    b.uuid("verify_peer", 0xb0).le(8, "verify_sector", 0x0102030405060701)
    b.le(8, "verify_done", 0x0102030405060702).le(8, "verify_busy", 0x0102030405060703)
    b.le(8, "verify_unknown", 0x0102030405060704).le(8, "verify_found", 0x0102030405060705)
    b.le(4, "verify_volume", 255).zero("reserved2", 4)
    b.zero("reserved", 12 * 8)
    ended_term(b, 0, 2)
    ended_term(b, 1, 1)
    b.zero("unused terms", 30 * 48)
    b.zero("tail", BLOCK - b.length)
    b.patch("crc", 4, crc32c(b.bytes()))
    return b


def table_block():
    b = Block()
    b.raw("magic", b"AFARTABL").le(4, "crc", 0).le(4, "index", 3)
    b.le(8, "generation", 0x0102030405060708).uuid("journal", 0x10)
    b.uuid("term", 0x20).le(8, "set", 0xa1a2a3a4a5a6a7a8)
    for i in range(63):
        p = "entry %d: " % i
        if i in (0, 1, 62):
            b.uuid(p + "id", 0x80 + i).le(8, p + "sectors", 0x71727374757677 + i)
            b.le(4, p + "used", 1).le(4, p + "map_first", 0xa1a2a300 + i)
            b.le(4, p + "map_blocks", 0xb1b2b3 + i).zero(p + "reserved", 4)
            b.le(8, p + "outside", 0x51525354555657 + i).le(8, p + "joins", 0x31323334353637 + i)
            b.zero(p + "reserved2", 8)
        else:
            b.zero(p[:-2], 64)
    b.patch("crc", 4, crc32c(b.bytes()))
    return b


def map_block():
    b = Block()
    b.raw("magic", b"AFARCMAP").le(4, "crc", 0).le(4, "index", 0x0a0b0c)
    b.le(8, "generation", 0x0102030405060708).uuid("journal", 0x10)
    b.le(8, "first_chunk", 31744 * 5).le(4, "volume", 0xc1).le(4, "chunks", 31741)
    b.uuid("base_journal", 0x30).le(8, "base_term.counter", 0x4142434445464748)
    b.uuid("base_term.id", 0x50).le(8, "base_set", 0x6162636465666768)
    b.le(8, "base_seq", 0x7172737475767778).zero("reserved", 16)
    b.le(1, "bits from 0", 0x81).zero("bits", 3966).le(1, "bits from 31736", 0x1f)
    b.patch("crc", 4, crc32c(b.bytes()))
    return b


ALL = (
    ("commands", head(1, 7, commands(), payload=3 * BLOCK)),
    ("record", head(1, 7, commands(), payload=3 * BLOCK, epoch=0x5152535455565758,
                    stable=0x1112131415161710)),
    ("commit", head(2, 1, commit(), epoch=0x5152535455565758, stable=0x1112131415161710)),
    ("challenge", head(14, 0, challenge())),
    ("proof", head(15, 0, Block().raw("proof", bytes(range(0xe0, 0x100))))),
    ("hello", head(16, 0, hello())),
    ("table", head(17, 2, table())),
    ("arrivals", head(18, 2, ranges(Block()))),
    ("go", head(19, 0, Block())),
    ("ack", head(20, 2, ack())),
    ("ping", head(21, 0, Block())),
    ("bye", head(22, 0, bye())),
    ("ask", head(23, 2, ask())),
    ("hashes", head(24, 2, hashes())),
    ("end", head(25, 0, Block().le(8, "set", 0x1020304050).le(8, "seq", 0x2122232425262728)
                 .zero("reserved", 16))),
    ("differs", head(26, 2, differs())),
    ("super", superblock()),
    ("table_block", table_block()),
    ("map_block", map_block()),
)

print("""/* SPDX-License-Identifier: GPL-2.0-only */
/* Written by tests/user/golden.py; bytes that are not listed are zero. */
#ifndef AFAR_TEST_GOLDEN_H
#define AFAR_TEST_GOLDEN_H

/* Bytes at an offset, in hexadecimal. */
struct golden_piece {
	unsigned int at;
	const char *hex;
};
""")
for name, block in ALL:
    print("enum { golden_%s_bytes = %d };" % (name, block.length))
    print("static const struct golden_piece golden_%s[] = {" % name)
    for at, what, data in block.fields:
        if any(data):
            print('\t{ %d, "%s" },\t/* %s */' % (at, data.hex(), what))
    print("};\n")
print("#endif /* AFAR_TEST_GOLDEN_H */")
