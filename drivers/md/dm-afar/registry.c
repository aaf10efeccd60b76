// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: registry
 * The only global state: which mapped device is which group, and which block devices are in use.
 * dm opens devices with one holder for all of its devices, so it refuses a mounted disk but not one
 * that another dm device uses; two groups on one journal are refused here.
 */
#include <linux/slab.h>
#include "group.h"
#include "registry.h"

/**
 * struct claim - a block device in use as origin or journal
 * @list:  in claims
 * @dev:   the device
 * @owner: the mapped device that uses it; its next table may claim it again
 * @count: tables of @owner that do
 */
struct claim {
	struct list_head list;
	dev_t dev;
	struct mapped_device *owner;
	unsigned int count;
};

/* Protects: groups, claims. */
static DEFINE_MUTEX(registry_lock);
static LIST_HEAD(groups);
static LIST_HEAD(claims);

/* Lock held. */
static struct afar_group *find(struct mapped_device *md)
{
	struct afar_group *g;

	list_for_each_entry(g, &groups, registry)
		if (g->md == md && kref_get_unless_zero(&g->ref))
			return g;
	return NULL;
}

/** afar_registry_find() - the group of a mapped device, counted; NULL: it is none */
struct afar_group *afar_registry_find(struct mapped_device *md)
{
	struct afar_group *g;

	mutex_lock(&registry_lock);
	g = find(md);
	mutex_unlock(&registry_lock);
	return g;
}

/** afar_registry_add() - make a group known; if its device has one already: that one, counted */
struct afar_group *afar_registry_add(struct afar_group *g)
{
	struct afar_group *other;

	mutex_lock(&registry_lock);
	other = find(g->md);
	if (!other)
		list_add(&g->registry, &groups);
	mutex_unlock(&registry_lock);
	return other;
}

/** afar_registry_del() - the last reference to a group is gone */
void afar_registry_del(struct afar_group *g)
{
	mutex_lock(&registry_lock);
	list_del(&g->registry);
	mutex_unlock(&registry_lock);
}

/**
 * afar_registry_claim() - use a block device, alone
 * @dev:   the device
 * @owner: the mapped device whose table names it
 *
 * Return: 0; -EBUSY: another mapped device of dm-afar uses it; -ENOMEM.
 */
int afar_registry_claim(dev_t dev, struct mapped_device *owner)
{
	struct claim *claim, *fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);
	int r = fresh ? 0 : -ENOMEM;

	mutex_lock(&registry_lock);
	list_for_each_entry(claim, &claims, list) {
		if (claim->dev != dev || r)
			continue;
		if (claim->owner != owner)
			r = -EBUSY;
		else
			claim->count++;
		goto out;
	}
	if (!r) {
		fresh->dev = dev;
		fresh->owner = owner;
		fresh->count = 1;
		list_add(&fresh->list, &claims);
		fresh = NULL;
	}
out:
	mutex_unlock(&registry_lock);
	kfree(fresh);
	return r;
}

/** afar_registry_release() - the opposite of afar_registry_claim() */
void afar_registry_release(dev_t dev, struct mapped_device *owner)
{
	struct claim *claim, *next;

	mutex_lock(&registry_lock);
	list_for_each_entry_safe(claim, next, &claims, list) {
		if (claim->dev == dev && claim->owner == owner && !--claim->count) {
			list_del(&claim->list);
			kfree(claim);
		}
	}
	mutex_unlock(&registry_lock);
}
