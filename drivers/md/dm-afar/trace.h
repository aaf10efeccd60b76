/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: the way of a command through both nodes. Integers only; what is off costs a jump.
 *
 *	afar_tag	primary: a command has its number
 *	afar_ship	primary: a frame goes out over a lane
 *	afar_receive	secondary: a frame has come in over a lane, and is whole
 *	afar_stage	secondary: a frame is on stable media
 *	afar_complete	secondary: the replicated cut has moved
 *	afar_commit	secondary: a run is on the origins, and its commit record on stable media
 *	afar_ack	primary: the peer has said what it has
 *	afar_differs	primary: verify has found something
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM afar

#if !defined(AFAR_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define AFAR_TRACE_H

#include <linux/tracepoint.h>
#include "group.h"

TRACE_EVENT(afar_tag,
	TP_PROTO(struct afar_group *g, const struct afar_cmd *cmd),
	TP_ARGS(g, cmd),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, set)
		__field(u64, seq)
		__field(u64, sector)
		__field(u32, bytes)
		__field(u16, volume)
		__field(u8, op)
	),
	TP_fast_assign(
		__entry->dev = disk_devt(dm_disk(g->md));
		__entry->set = cmd->set;
		__entry->seq = cmd->seq;
		__entry->sector = cmd->sector;
		__entry->bytes = cmd->bytes;
		__entry->volume = cmd->volume;
		__entry->op = cmd->op;
	),
	TP_printk("%u:%u set %llu seq %llu op %u volume %u sector %llu bytes %u",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->set, __entry->seq,
		  __entry->op, __entry->volume, __entry->sector, __entry->bytes)
);

/* @where: a lane's number, or a position in the ring; @block: header block, its items in place */
DECLARE_EVENT_CLASS(afar_frame,
	TP_PROTO(struct afar_group *g, u64 where, const void *block,
		 const struct afar_head_info *info),
	TP_ARGS(g, where, block, info),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, where)
		__field(u64, set)
		__field(u64, first)
		__field(u64, last)
		__field(u32, bytes)
		__field(u16, count)
	),
	TP_fast_assign(
		const struct afar_command *cmd = block + sizeof(struct afar_head);

		__entry->dev = disk_devt(dm_disk(g->md));
		__entry->where = where;
		__entry->set = le64_to_cpu(cmd[0].set);
		__entry->first = le64_to_cpu(cmd[0].seq);
		__entry->last = le64_to_cpu(cmd[info->count - 1].seq);
		__entry->bytes = info->payload;
		__entry->count = info->count;
	),
	TP_printk("%u:%u at %llu set %llu seq %llu..%llu commands %u bytes %u",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->where, __entry->set,
		  __entry->first, __entry->last, __entry->count, __entry->bytes)
);

DEFINE_EVENT(afar_frame, afar_ship,
	TP_PROTO(struct afar_group *g, u64 where, const void *block,
		 const struct afar_head_info *info),
	TP_ARGS(g, where, block, info)
);

DEFINE_EVENT(afar_frame, afar_receive,
	TP_PROTO(struct afar_group *g, u64 where, const void *block,
		 const struct afar_head_info *info),
	TP_ARGS(g, where, block, info)
);

DEFINE_EVENT(afar_frame, afar_stage,
	TP_PROTO(struct afar_group *g, u64 where, const void *block,
		 const struct afar_head_info *info),
	TP_ARGS(g, where, block, info)
);

DECLARE_EVENT_CLASS(afar_cut,
	TP_PROTO(struct afar_group *g, const struct afar_cut *cut),
	TP_ARGS(g, cut),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, set)
		__field(u64, seq)
	),
	TP_fast_assign(
		__entry->dev = disk_devt(dm_disk(g->md));
		__entry->set = cut->set;
		__entry->seq = cut->seq;
	),
	TP_printk("%u:%u set %llu seq %llu", MAJOR(__entry->dev), MINOR(__entry->dev),
		  __entry->set, __entry->seq)
);

DEFINE_EVENT(afar_cut, afar_complete,
	TP_PROTO(struct afar_group *g, const struct afar_cut *cut),
	TP_ARGS(g, cut)
);

DEFINE_EVENT(afar_cut, afar_commit,
	TP_PROTO(struct afar_group *g, const struct afar_cut *cut),
	TP_ARGS(g, cut)
);

TRACE_EVENT(afar_ack,
	TP_PROTO(struct afar_group *g, const struct afar_ack_info *ack, unsigned int ranges),
	TP_ARGS(g, ack, ranges),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, replicated)
		__field(u64, replicated_seq)
		__field(u64, committed)
		__field(u64, credit)
		__field(u32, ranges)
	),
	TP_fast_assign(
		__entry->dev = disk_devt(dm_disk(g->md));
		__entry->replicated = ack->replicated;
		__entry->replicated_seq = ack->replicated_seq;
		__entry->committed = ack->committed;
		__entry->credit = ack->credit;
		__entry->ranges = ranges;
	),
	TP_printk("%u:%u set %llu seq %llu committed %llu credit %llu ranges %u",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->replicated,
		  __entry->replicated_seq, __entry->committed, __entry->credit, __entry->ranges)
);

TRACE_EVENT(afar_differs,
	TP_PROTO(struct afar_group *g, u16 volume, u64 sector, u32 bytes),
	TP_ARGS(g, volume, sector, bytes),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, sector)
		__field(u32, bytes)
		__field(u16, volume)
	),
	TP_fast_assign(
		__entry->dev = disk_devt(dm_disk(g->md));
		__entry->sector = sector;
		__entry->bytes = bytes;
		__entry->volume = volume;
	),
	TP_printk("%u:%u volume %u sector %llu bytes %u", MAJOR(__entry->dev),
		  MINOR(__entry->dev), __entry->volume, __entry->sector, __entry->bytes)
);

#endif /* AFAR_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
