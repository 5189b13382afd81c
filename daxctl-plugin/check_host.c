// SPDX-License-Identifier: GPL-2.0-only
/* carve check: kernel, firmware, and modules. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/utsname.h>

#include "finding.h"
#include "firmware.h"
#include "node.h"
#include "size.h"
#include "sysfs.h"

/* Less than this, and a node's own CPUs have nothing to allocate. */
#define NODE_MIN_KB	(UINT64_C(512) << 10)

/* Is one of the kernel's arguments this, or does it begin so? */
static bool has_argument(const char *cmdline, const char *argument)
{
	const char *at = cmdline;
	size_t len = strlen(argument);

	while ((at = strstr(at, argument))) {
		bool whole = argument[len - 1] == '=' ||
			     !at[len] || isspace((unsigned char)at[len]);

		if ((at == cmdline || isspace((unsigned char)at[-1])) && whole)
			return true;
		at++;
	}
	return false;
}

static bool file_says(const char *path, const char *text)
{
	char *have;
	bool same;

	if (sysfs_read(&have, "%s", path))
		return false;
	have[strcspn(have, "\n")] = '\0';
	same = !strcmp(have, text);
	free(have);
	return same;
}

static void check_kernel(struct findings *findings)
{
	struct utsname uts;

	uname(&uts);
	if (strncmp(uts.release, "6.12.", 5))
		found(findings, LEVEL_WARNING, "kernel",
		      "see kernels.md",
		      "%s is not a 6.12, which this is tested on", uts.release);
	else
		found(findings, LEVEL_OK, "kernel", NULL, "%s", uts.release);
}

static void check_reserved(const struct nodes *nodes, const char *cmdline,
			   struct findings *findings)
{
	char size[SIZE_TEXT], left[SIZE_TEXT];
	size_t i;

	if (!nodes->nr && !has_argument(cmdline, "memmap="))
		found(findings, LEVEL_ERROR, "reserved",
		      "daxctl carve plan --guests COUNTxSIZE tells what to reserve",
		      "no memory is reserved: the kernel has no memmap=");
	else if (!nodes->nr)
		found(findings, LEVEL_ERROR, "reserved",
		      "grep Soft /proc/iomem; load dax_node before dax_hmem: dax-node.conf in /etc/modprobe.d sees to that",
		      "no NUMA node has a region, though the kernel has memmap=");
	for (i = 0; i < nodes->nr; i++)
		found(findings, LEVEL_OK, "reserved", NULL, "node %d: %s, %s of it free",
		      nodes->node[i].id,
		      size_text(extents_size(&nodes->node[i].mem), size),
		      size_text(extents_size(&nodes->node[i].free), left));
	if (nodes->nr && strstr(cmdline, "0xefffffff") &&
	    !has_argument(cmdline, "nokaslr"))
		found(findings, LEVEL_WARNING, "kaslr",
		      "add nokaslr to the kernel's arguments, or restore with --by-size",
		      "the kernel may be loaded into reserved memory, and saved devices then do not fit");
	if (has_argument(cmdline, "mem_encrypt=on"))
		found(findings, LEVEL_ERROR, "encrypt",
		      "boot with mem_encrypt=off",
		      "host memory encryption: what the kernel clears is not what guests see");
}

/* What is between the ranges of regions and what was reserved. */
static void check_trimmed(const struct nodes *nodes, struct findings *findings)
{
	uint64_t soft = 0, used = 0, start, end;
	char *text, *line, lost[SIZE_TEXT];
	size_t i;

	if (sysfs_read(&text, "/proc/iomem"))
		return;
	for (line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " : Soft Reserved", &start,
			   &end) == 2 && *line != ' ' &&
		    strstr(line, "Soft Reserved") == strchr(line, ':') + 2)
			soft += end - start + 1;
	}
	free(text);
	for (i = 0; i < nodes->nr; i++)
		used += extents_size(&nodes->node[i].mem);
	if (nodes->nr && soft > used)
		found(findings, LEVEL_WARNING, "sections",
		      "let memmap= start and end at multiples of 128M; dmesg has the ranges",
		      "%s of what is reserved is used by nobody",
		      size_text(soft - used, lost));
}

static bool is_installed(const char *release, const char *module)
{
	char *text, name[64];
	bool there;

	if (sysfs_read(&text, "/lib/modules/%s/modules.dep", release))
		return false;
	snprintf(name, sizeof(name), "/%s.ko", module);
	there = strstr(text, name);
	free(text);
	return there;
}

static void check_modules(struct findings *findings)
{
	static const char *const modules[] = { "pfn_special", "dax_none",
					       "dax_node", NULL };
	struct utsname uts;
	char path[128];
	int i, missing = 0;

	uname(&uts);
	for (i = 0; modules[i]; i++) {
		snprintf(path, sizeof(path), "/sys/module/%s", modules[i]);
		if (access(path, F_OK) && !is_installed(uts.release, modules[i])) {
			found(findings, LEVEL_ERROR, "modules",
			      "dkms status; dkms autoinstall",
			      "%s is not installed for %s", modules[i], uts.release);
			missing++;
		}
	}
	if (!missing)
		found(findings, LEVEL_OK, "modules", NULL, "installed for %s",
		      uts.release);
	if (!access("/sys/bus/dax/drivers/dax_none", F_OK) &&
	    access("/sys/bus/dax/drivers/dax_none/bind_preserve", F_OK))
		found(findings, LEVEL_ERROR, "modules",
		      "end all guests, destroy all devices, modprobe -r dax_none pfn_special; or reboot",
		      "the dax_none that is loaded is older than these tools");
	if (!access("/sys/module/kmem", F_OK))
		found(findings, LEVEL_WARNING, "kmem",
		      "install dax-none.conf in /etc/modprobe.d",
		      "kmem is loaded: it may make system RAM of reserved memory at boot");
}

static void check_vfio(struct findings *findings)
{
	char *version;

	if (access("/sys/module/vfio_iommu_type1", F_OK))
		return;
	if (!sysfs_read(&version, "/sys/module/vfio_iommu_type1/version")) {
		bool ours = strstr(version, "+leaves");

		free(version);
		if (ours) {
			found(findings, LEVEL_OK, "vfio", NULL,
			      "vfio_iommu_type1 follows leaves");
			return;
		}
	}
	found(findings, LEVEL_WARNING, "vfio",
	      "dkms install dax-none-vfio/VERSION, then load it anew when no guest uses it",
	      "vfio_iommu_type1 is the kernel's own: it maps 4 KiB at a time, and holds nothing");
}

static void check_kvm(struct findings *findings)
{
	if (access("/dev/kvm", F_OK))
		found(findings, LEVEL_WARNING, "kvm",
		      "modprobe kvm_intel or kvm_amd; enable it in the firmware",
		      "there is no /dev/kvm");
	if (file_says("/sys/module/kvm_intel/parameters/nested", "Y"))
		found(findings, LEVEL_WARNING, "nested",
		      "options kvm_intel nested=0 in /etc/modprobe.d, unless guests run guests",
		      "KVM on Intel keeps maps of pages of guests that run guests, without holding them");
	if (file_says("/proc/sys/kernel/ftrace_enabled", "0"))
		found(findings, LEVEL_WARNING, "errors",
		      "sysctl kernel.ftrace_enabled=1, and load the modules anew",
		      "memory errors cannot be handled while kernel.ftrace_enabled is 0");
	if (file_says("/sys/devices/system/memory/auto_online_blocks", "online") ||
	    file_says("/sys/devices/system/memory/auto_online_blocks", "online_kernel"))
		found(findings, LEVEL_WARNING, "online",
		      "echo online_movable >/sys/devices/system/memory/auto_online_blocks",
		      "a device that becomes system RAM may not come back from it");
}

/* A QEMU that emulates runs stale code; with KVM none is known to be bad. */
static void check_qemu(struct findings *findings)
{
	FILE *out;
	int major, minor;

	if (access("/usr/bin/qemu-system-x86_64", X_OK) || !access("/dev/kvm", F_OK))
		return;
	out = popen("/usr/bin/qemu-system-x86_64 --version", "re");
	if (!out)
		return;
	if (fscanf(out, "QEMU emulator version %d.%d", &major, &minor) == 2 &&
	    (major < 8 || (major == 8 && minor < 1)))
		found(findings, LEVEL_WARNING, "qemu", "QEMU 8.1 or later, or KVM",
		      "QEMU %d.%d without KVM may run code that a guest's kernel has replaced",
		      major, minor);
	pclose(out);
}

static void check_node_memory(const struct nodes *nodes, struct findings *findings)
{
	unsigned long long kb;
	char *text, *at;
	size_t i;

	for (i = 0; i < nodes->nr; i++) {
		int id = nodes->node[i].id;

		if (sysfs_read(&text, "/sys/devices/system/node/node%d/meminfo", id))
			continue;
		at = strstr(text, "MemTotal:");
		kb = at ? strtoull(at + strlen("MemTotal:"), NULL, 10) : 0;
		free(text);
		if (at && kb < NODE_MIN_KB)
			found(findings, LEVEL_WARNING, "host",
			      "reserve less of it",
			      "node %d has %lluM left for the host: its CPUs allocate elsewhere, and tasks that cpuset binds to it fail",
			      id, kb >> 10);
	}
}

/* KVM on Intel takes memory for a device's that the firmware does not call RAM. */
static void check_firmware(const struct nodes *nodes, struct findings *findings)
{
	struct extents ram = { 0 }, left;
	struct firmware firmware;
	char *cpu, size[SIZE_TEXT];
	bool intel;
	size_t i;

	if (sysfs_read(&cpu, "/proc/cpuinfo"))
		return;
	intel = strstr(cpu, "GenuineIntel");
	free(cpu);
	if (!intel || !nodes->nr || firmware_read(&firmware))
		return;
	for (i = 0; i < firmware.nr; i++)
		extents_add(&ram, firmware.ram[i].start, firmware.ram[i].size);
	for (i = 0; i < nodes->nr; i++) {
		if (extents_sub(&nodes->node[i].mem, &ram, &left))
			continue;
		if (left.nr)
			found(findings, LEVEL_ERROR, "firmware",
			      "switch off special memory in the firmware, and reserve with memmap=",
			      "%s of node %d is not RAM in the firmware's map: KVM guests run uncached on it",
			      size_text(extents_size(&left), size),
			      nodes->node[i].id);
		free(left.ext);
	}
	free(ram.ext);
	firmware_free(&firmware);
}

void check_host(const struct nodes *nodes, struct findings *findings)
{
	char *cmdline = NULL;

	check_kernel(findings);
	if (sysfs_read(&cmdline, "/proc/cmdline"))
		found(findings, LEVEL_UNKNOWN, "kernel", NULL,
		      "/proc/cmdline cannot be read: %s", strerror(errno));
	else
		check_reserved(nodes, cmdline, findings);
	free(cmdline);
	check_trimmed(nodes, findings);
	check_firmware(nodes, findings);
	check_node_memory(nodes, findings);
	check_modules(findings);
	check_kvm(findings);
	check_vfio(findings);
	check_qemu(findings);
}
