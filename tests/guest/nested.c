// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only program of a guest that runs a guest: loads the modules of KVM that came
 * with it, those in /kvm in the order of their names, and runs a virtual machine of a few
 * instructions that writes to its memory and says that it has. Then it powers off.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SIZE	0x2000
#define PORT	0x10

/* In real mode: 0x2a to the second page, and to the port. */
static const uint8_t code[] = {
	0xb0, 0x2a,		/* mov al, 0x2a */
	0xa2, 0x00, 0x10,	/* mov [0x1000], al */
	0xe6, PORT,		/* out PORT, al */
	0xf4,			/* hlt */
};

static void fail(const char *what)
{
	printf("guest: FAILED: %s: %m\n", what);
	fflush(stdout);
	reboot(RB_POWER_OFF);
}

static int check(int rc, const char *what)
{
	if (rc < 0)
		fail(what);
	return rc;
}

static void load_modules(void)
{
	struct dirent **names;
	char path[300];
	int i, nr, fd;

	nr = check(scandir("/kvm", &names, NULL, alphasort), "/kvm");
	for (i = 0; i < nr; i++) {
		if (!strstr(names[i]->d_name, ".ko"))
			continue;
		snprintf(path, sizeof(path), "/kvm/%s", names[i]->d_name);
		fd = check(open(path, O_RDONLY | O_CLOEXEC), path);
		check(syscall(SYS_finit_module, fd, "", 0), path);
		close(fd);
	}
}

static int run(void)
{
	struct kvm_userspace_memory_region region = { .memory_size = SIZE };
	int kvm, vm, cpu, said = 0;
	struct kvm_sregs sregs;
	struct kvm_regs regs = { .rflags = 2 };
	struct kvm_run *run;
	uint8_t *memory;

	kvm = check(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	vm = check(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		fail("mmap");
	memcpy(memory, code, sizeof(code));
	region.userspace_addr = (uintptr_t)memory;
	check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "memory");
	cpu = check(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	run = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0),
		   PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
	if (run == MAP_FAILED)
		fail("mmap of a CPU");
	check(ioctl(cpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	check(ioctl(cpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	check(ioctl(cpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
	for (;;) {
		check(ioctl(cpu, KVM_RUN, 0), "KVM_RUN");
		switch (run->exit_reason) {
		case KVM_EXIT_IO:
			said = run->io.port == PORT &&
			       *((uint8_t *)run + run->io.data_offset) == 0x2a;
			break;
		case KVM_EXIT_HLT:
			return said && memory[0x1000] == 0x2a;
		default:
			printf("guest: FAILED: exit for reason %u\n",
			       run->exit_reason);
			return 0;
		}
	}
}

int main(void)
{
	mkdir("/dev", 0755);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	load_modules();
	printf("guest: running a guest\n");
	fflush(stdout);
	if (run())
		printf("guest: its guest is done\n");
	fflush(stdout);
	reboot(RB_POWER_OFF);
	return 1;
}
