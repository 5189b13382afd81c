// SPDX-License-Identifier: GPL-2.0-only
/* Parts of the kernel that work on the memory of a process, each in its own way. */
#include <linux/kvm.h>
#include <linux/loop.h>
#include <linux/perf_event.h>
#include <linux/vhost.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "table.h"

#define MEMORY_AT	(1UL << 30)
#define CODE_AT		0x1000

/* Reads a word of the second page and writes the next one. */
static const uint8_t code[] = {
	0xa1, 0x00, 0x12, 0x00, 0x40,				/* mov 0x40001200,%eax */
	0xc7, 0x05, 0x04, 0x12, 0x00, 0x40, 0x77, 0, 0, 0,	/* movl $0x77,0x40001204 */
	0xf4,							/* hlt */
};

struct guest {
	int kvm, vm, cpu;
	struct kvm_run *run;
};

static int set_memory(struct guest *g, int slot, uint64_t at, void *p, size_t len, int flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot, .flags = flags, .guest_phys_addr = at,
		.memory_size = len, .userspace_addr = (uintptr_t)p,
	};

	return ioctl(g->vm, KVM_SET_USER_MEMORY_REGION, &region);
}

static bool make_guest(struct guest *g, struct area *a, int flags)
{
	uint8_t *p = mmap(NULL, 2 * SZ_4K, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kvm_segment flat = {
		.limit = ~0u, .type = 3, .present = 1, .db = 1, .s = 1, .g = 1,
		.selector = 8,
	};
	struct kvm_regs regs = { .rip = CODE_AT, .rflags = 2 };
	struct kvm_sregs sregs;
	size_t len;

	g->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	g->vm = ioctl(g->kvm, KVM_CREATE_VM, 0);
	if (g->vm < 0)
		return false;
	memcpy(p + CODE_AT, code, sizeof(code));
	if (set_memory(g, 0, 0, p, 2 * SZ_4K, 0) ||
	    set_memory(g, 1, MEMORY_AT, a->p, a->len, flags))
		return false;
	g->cpu = ioctl(g->vm, KVM_CREATE_VCPU, 0);
	len = ioctl(g->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	g->run = mmap(NULL, len, RW, MAP_SHARED, g->cpu, 0);
	if (g->run == MAP_FAILED || ioctl(g->cpu, KVM_GET_SREGS, &sregs))
		return false;
	sregs.ds = sregs.es = sregs.ss = sregs.cs = flat;
	sregs.cs.type = 11;
	sregs.cr0 |= 1;
	return !ioctl(g->cpu, KVM_SET_SREGS, &sregs) && !ioctl(g->cpu, KVM_SET_REGS, &regs);
}

static long run_guest(struct area *a, long flags)
{
	static uint64_t dirty[SZ_1G / SZ_4K / 64];
	struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = dirty };
	struct guest g;

	if (!make_guest(&g, a, flags) || ioctl(g.cpu, KVM_RUN, NULL))
		return -1;
	if (g.run->exit_reason != KVM_EXIT_HLT)
		return say("exit %u", g.run->exit_reason);
	if (*(uint32_t *)(a->page + 0x204) != 0x77)
		return say("the guest's word is not there");
	if (flags & KVM_MEM_LOG_DIRTY_PAGES) {
		if (ioctl(g.vm, KVM_GET_DIRTY_LOG, &log))
			return -1;
		if (dirty[0] != 2)
			return say("dirty: %#llx", (unsigned long long)dirty[0]);
	}
	return 0;
}

/* What the mapping shows goes away and comes back under the guest. */
static long run_and_unmap(struct area *a, long arg)
{
	struct kvm_regs regs = { .rip = CODE_AT, .rflags = 2 };
	struct guest g;

	(void)arg;
	if (!make_guest(&g, a, 0) || ioctl(g.cpu, KVM_RUN, NULL))
		return -1;
	if (mprotect(a->page, SZ_4K, PROT_NONE) || ioctl(g.cpu, KVM_SET_REGS, &regs))
		return -1;
	if (!ioctl(g.cpu, KVM_RUN, NULL) && g.run->exit_reason == KVM_EXIT_HLT)
		return say("0, without a mapping");
	if (mprotect(a->page, SZ_4K, RW) || ioctl(g.cpu, KVM_SET_REGS, &regs) ||
	    ioctl(g.cpu, KVM_RUN, NULL))
		return -1;
	return g.run->exit_reason == KVM_EXIT_HLT ? 0 : say("exit %u", g.run->exit_reason);
}

static long prefault(struct area *a, long arg)
{
	struct {
		uint64_t gpa, size, flags, padding[5];
	} range = { .gpa = MEMORY_AT, .size = a->len < SZ_1G ? a->len : SZ_2M };
	struct guest g;

	(void)arg;
	if (!make_guest(&g, a, 0))
		return -1;
	return ioctl(g.cpu, _IOWR(KVMIO, 0xd5, range), &range);
}

static long vhost(struct area *a, long request)
{
	struct {
		struct vhost_memory memory;
		struct vhost_memory_region region;
	} table = {
		.memory.nregions = 1,
		.region = { .memory_size = a->len, .userspace_addr = (uintptr_t)a->p },
	};
	struct vhost_vring_addr rings = {
		.desc_user_addr = (uintptr_t)a->page,
		.avail_user_addr = (uintptr_t)a->page + 1024,
		.used_user_addr = (uintptr_t)a->page + 2048,
	};
	struct vhost_vring_state num = { .num = 16 };
	uint64_t log = (uintptr_t)a->page;
	int fd = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, VHOST_SET_OWNER) || ioctl(fd, VHOST_SET_MEM_TABLE, &table))
		return -1;
	if (request == (long)VHOST_SET_LOG_BASE)
		return ioctl(fd, VHOST_SET_LOG_BASE, &log);
	if (request == (long)VHOST_SET_VRING_ADDR)
		return ioctl(fd, VHOST_SET_VRING_NUM, &num) ? -1 :
		       ioctl(fd, VHOST_SET_VRING_ADDR, &rings);
	return 0;
}

static long udmabuf(struct area *a, long arg)
{
	struct {
		uint32_t memfd, flags;
		uint64_t offset, size;
	} create = { .memfd = a->fd, .size = SZ_4K };
	int fd = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);

	(void)arg;
	if (fd < 0)
		return -1;
	return ioctl(fd, _IOW('u', 0x42, create), &create) < 0 ? -1 : 0;
}

static long loop(struct area *a, long arg)
{
	static char buffer[SZ_4K];
	int fd = open("/dev/loop0", O_RDWR | O_CLOEXEC), error;
	long ret;

	(void)arg;
	if (fd < 0 || ioctl(fd, LOOP_SET_FD, a->fd))
		return -1;
	ret = pread(fd, buffer, SZ_4K, SZ_4K);
	error = errno;
	ioctl(fd, LOOP_CLR_FD);
	errno = error;
	return ret;
}

static long probe(struct area *a, long returning)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr), .config = returning,
		.uprobe_path = (uintptr_t)a->path, .probe_offset = SZ_4K,
	};
	int fd;

	attr.type = read_number("/sys/bus/event_source/devices/uprobe/type");
	fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL);
	return fd < 0 ? -1 : 0;
}

/* perf asks for the size of the page behind an address that it samples. */
static long sample(struct area *a, long type)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr), .type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_PAGE_FAULTS, .sample_period = 1,
		.sample_type = PERF_SAMPLE_ADDR | type,
	};
	struct area again;
	int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL);

	if (fd < 0)
		return -1;
	if (mmap(NULL, 2 * SZ_4K, RW, MAP_SHARED, fd, 0) == MAP_FAILED)
		return -1;
	if (!memory_map(a->kind, a->size, &again))
		return -1;
	return try_read(again.page);
}

static bool put(const char *dir, const char *name, const char *value)
{
	char path[256];
	bool good;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	good = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
	close(fd);
	return good;
}

/* DAMON watches this process, and does to its memory what @action says. */
static long watch(struct area *a, long action)
{
	static const char *const actions[] = { "stat", "pageout", "cold", "hugepage",
					       "nohugepage", "willneed", "lru_deprio" };
	static const char damon[] = "/sys/kernel/mm/damon/admin/kdamonds";
	char pid[16];
	bool good;

	snprintf(pid, sizeof(pid), "%d", getpid());
	good = put(damon, "nr_kdamonds", "1") && put(damon, "0/contexts/nr_contexts", "1") &&
	       put(damon, "0/contexts/0/operations", "vaddr") &&
	       put(damon, "0/contexts/0/targets/nr_targets", "1") &&
	       put(damon, "0/contexts/0/targets/0/pid_target", pid) &&
	       put(damon, "0/contexts/0/monitoring_attrs/intervals/sample_us", "2000") &&
	       put(damon, "0/contexts/0/monitoring_attrs/intervals/aggr_us", "10000") &&
	       put(damon, "0/contexts/0/schemes/nr_schemes", "1") &&
	       put(damon, "0/contexts/0/schemes/0/action", actions[action]) &&
	       put(damon, "0/contexts/0/schemes/0/access_pattern/sz/max", "18446744073709551615") &&
	       put(damon, "0/contexts/0/schemes/0/access_pattern/nr_accesses/max", "4294967295") &&
	       put(damon, "0/contexts/0/schemes/0/access_pattern/age/max", "4294967295") &&
	       put(damon, "0/state", "on");
	if (!good)
		return say("DAMON cannot be had");
	for (int i = 0; i < 20; i++) {
		*(volatile uint8_t *)(a->page + 512) = i;
		usleep(5000);
	}
	return put(damon, "0/state", "off") ? 0 : -1;
}

static const struct row rows[] = {
	{ "KVM guest", run_guest, 0, ROW_WRITES },
	{ "KVM guest, KVM_MEM_LOG_DIRTY_PAGES", run_guest, KVM_MEM_LOG_DIRTY_PAGES, ROW_WRITES },
	{ "KVM guest, KVM_MEM_READONLY", run_guest, KVM_MEM_READONLY, ROW_WRITES },
	{ "KVM guest, and mprotect() of a page", run_and_unmap, 0, ROW_WRITES },
	{ "KVM_PRE_FAULT_MEMORY", prefault, 0, 0 },
	{ "VHOST_SET_MEM_TABLE", vhost, 0, 0 },
	{ "VHOST_SET_LOG_BASE", vhost, VHOST_SET_LOG_BASE, 0 },
	{ "VHOST_SET_VRING_ADDR", vhost, VHOST_SET_VRING_ADDR, 0 },
	{ "UDMABUF_CREATE", udmabuf, 0, 0 },
	{ "LOOP_SET_FD", loop, 0, 0 },
	{ "uprobe", probe, 0, 0 },
	{ "uretprobe", probe, 1, 0 },
	{ "perf, PERF_SAMPLE_DATA_PAGE_SIZE", sample, 1 << 22, 0 },
	{ "perf, PERF_SAMPLE_PHYS_ADDR", sample, PERF_SAMPLE_PHYS_ADDR, 0 },
	{ "DAMON, stat", watch, 0, ROW_WRITES },
	{ "DAMON, pageout", watch, 1, ROW_WRITES },
	{ "DAMON, cold", watch, 2, ROW_WRITES },
	{ "DAMON, hugepage", watch, 3, ROW_WRITES },
	{ "DAMON, nohugepage", watch, 4, ROW_WRITES },
	{ "DAMON, willneed", watch, 5, ROW_WRITES },
};

const struct rows guest_rows = { "Guests, devices and observers", rows, ARRAY_SIZE(rows) };
