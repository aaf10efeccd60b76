/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What drivers/md/dm.h declares and the headers that distributions install lack. Both functions are
 * EXPORT_SYMBOL_GPL with these prototypes from 6.1 to 7.2.
 */
#ifndef AFAR_COMPAT_DM_H
#define AFAR_COMPAT_DM_H

#include <linux/device-mapper.h>

void dm_internal_suspend_noflush(struct mapped_device *md);
void dm_internal_resume(struct mapped_device *md);

#endif /* AFAR_COMPAT_DM_H */
