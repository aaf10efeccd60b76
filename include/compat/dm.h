/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What drivers/md/dm.h declares and the headers that distributions install lack. Both functions are
 * EXPORT_SYMBOL_GPL with these prototypes from 6.1 to 7.2. And limits that have changed.
 */
#ifndef AFAR_COMPAT_DM_H
#define AFAR_COMPAT_DM_H

#include <linux/device-mapper.h>

void dm_internal_suspend_noflush(struct mapped_device *md);
void dm_internal_resume(struct mapped_device *md);

/* Where queue_limits has another one, for zeroes that unmap, it has to be none or the same. */
static inline void compat_limit_write_zeroes(struct queue_limits *limits, unsigned int sectors)
{
	limits->max_write_zeroes_sectors = sectors;
#ifdef AFAR_HW_WZEROES
	if (limits->max_hw_wzeroes_unmap_sectors)
		limits->max_hw_wzeroes_unmap_sectors = sectors;
#endif
}

#endif /* AFAR_COMPAT_DM_H */
