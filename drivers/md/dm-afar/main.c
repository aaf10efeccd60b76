// SPDX-License-Identifier: GPL-2.0-only
#include <linux/device-mapper.h>
#include <linux/module.h>
#include "core/rule.h"
#include "group.h"

#ifdef AFAR_TEST_RULES
unsigned long afar_rules_off;
module_param_named(rules_off, afar_rules_off, ulong, 0644);
MODULE_PARM_DESC(rules_off, "tests only: bit mask of rules to break (core/rule.h)");
#endif

/* pages of payload are blocks of the journal, and go over the wire as they are */
static_assert(PAGE_SIZE == AFAR_BLOCK);

static int __init afar_init(void)
{
	int r = afar_spool_load();

	if (r)
		return r;
	r = dm_register_target(&afar_group_target);
	if (r)
		goto unload;
	r = dm_register_target(&afar_volume_target);
	if (r)
		goto unregister;
	return 0;

unregister:
	dm_unregister_target(&afar_group_target);
unload:
	afar_spool_unload();
	return r;
}

static void __exit afar_exit(void)
{
	dm_unregister_target(&afar_volume_target);
	dm_unregister_target(&afar_group_target);
	afar_spool_unload();
}

module_init(afar_init);
module_exit(afar_exit);

MODULE_DESCRIPTION("device-mapper: asynchronous replication of groups of block devices");
MODULE_LICENSE("GPL");
MODULE_ALIAS("dm-afar-group");
