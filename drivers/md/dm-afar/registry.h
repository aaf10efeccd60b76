/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef AFAR_REGISTRY_H
#define AFAR_REGISTRY_H

#include <linux/device-mapper.h>

struct afar_group;

/** afar_open_error() - why dm_get_device() has failed, for ti->error; @what: of the device */
#define afar_open_error(what, r) \
	((r) == -EBUSY ? what ": is in use, mounted maybe" : \
	 (r) == -ENODEV ? what ": no such device" : \
	 (r) == -EACCES || (r) == -EROFS ? what ": is read-only" : what ": cannot be opened")

struct afar_group *afar_registry_find(struct mapped_device *md);
struct afar_group *afar_registry_add(struct afar_group *g);
void afar_registry_del(struct afar_group *g);
int afar_registry_claim(dev_t dev, struct mapped_device *owner);
void afar_registry_release(dev_t dev, struct mapped_device *owner);

#endif /* AFAR_REGISTRY_H */
