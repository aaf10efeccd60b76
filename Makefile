# SPDX-License-Identifier: GPL-2.0-only
#
# make                build dm-afar.ko for the running kernel (KDIR=<headers> for another one)
# make install        install it, with modules_install
# make demo           two virtual machines, real file systems, a killed primary: watch it work
# make check          all tests, on a stock kernel; the core tests on a debug kernel, too
# make check-debug    all tests on the debug kernel (KASAN, lockdep, kmemleak, UBSAN)
# make check-long     all tests, with the full counts
# make bench          dm-linear, DRBD and dm-afar side by side (an hour)
# make bench-wan      what an application notices of a slow link, with a plot
# make tools          user-space programs, in build/tools
# make style          sparse, checkpatch, W=1
#
# demo and check install what they need from the distribution's packages, and keep kernels that they
# download or build in ${XDG_CACHE_HOME:-~/.cache}/dm-afar.

KDIR ?= /lib/modules/$(shell uname -r)/build
OUT  := $(CURDIR)/build/test-bin

all: modules

modules modules_install clean_module:
	$(MAKE) -C $(KDIR) M=$(CURDIR) $(if $(W),W=$(W)) $(if $(C),C=$(C)) $(patsubst clean_module,clean,$@)

install: modules modules_install

tools:
	$(MAKE) -C tools

setup:
	tests/setup.sh

test-bin:
	$(MAKE) -s -C tests/cut OUT=$(OUT)
	$(MAKE) -s -C tests/modules OUT=$(OUT)
	$(MAKE) -s -C tools OUT=$(OUT)
	$(MAKE) -s -C tests/peer OUT=$(OUT)

demo: setup
	tests/demo/run

check: setup
	tests/check

check-debug: setup
	tests/check --debug

check-long: setup
	tests/check --long

style: setup
	tests/style/run

bench:
	tests/bench/run

bench-wan:
	tests/bench/wan

clean:
	rm -rf build
	find drivers -name '*.o' -delete -o -name '*.ko' -delete -o -name '*.mod' -delete \
		-o -name '*.mod.c' -delete -o -name '.*.cmd' -delete
	rm -f modules.order Module.symvers drivers/md/dm-afar/modules.order

.PHONY: all modules modules_install clean_module install tools setup test-bin demo check \
	check-debug check-long style bench bench-wan clean
