// SPDX-License-Identifier: GPL-2.0-only
/* What users are told of it: the calls that do not work, and what to do instead. */
#include "table.h"

#define MAX_NAMES	8

/**
 * struct limit - a line of limits.md
 * @what: as users know it
 * @names: the rows whose results are the line's
 * @why: it is so
 * @instead: "" if there is nothing to be done
 */
static const struct limit {
	const char *what, *names[MAX_NAMES], *why, *instead;
} limits[] = {
	{ "O_DIRECT to or from it",
	  { "write() from it with O_DIRECT", "read() into it with O_DIRECT" },
	  "takes page references",
	  "buffered I/O; in QEMU `cache=writeback` for the disks of a guest whose emulated devices do direct I/O from guest RAM, or vhost/VFIO devices" },
	{ "process_vm_readv(), process_vm_writev()",
	  { "process_vm_readv() from it", "process_vm_writev() to it" },
	  "same", "copy through ordinary memory, or /proc/PID/mem" },
	{ "vmsplice()", { "vmsplice() from it" }, "same", "write() to the pipe" },
	{ "io_uring fixed buffers",
	  { "IORING_REGISTER_BUFFERS of a page", "IORING_REGISTER_BUFFERS of all" },
	  "same", "plain reads and writes, which work" },
	{ "rings and buffer rings of io_uring",
	  { "io_uring_setup(IORING_SETUP_NO_MMAP)", "IORING_REGISTER_PBUF_RING" },
	  "same", "ordinary memory" },
	{ "MSG_ZEROCOPY, AF_XDP", { "send(MSG_ZEROCOPY) from it", "AF_XDP's XDP_UMEM_REG" },
	  "same", "send() without it" },
	{ "shared futexes",
	  { "futex(FUTEX_WAIT), shared", "futex(FUTEX_WAKE), shared",
	    "futex(FUTEX_LOCK_PI), shared", "futex_waitv(), shared" },
	  "are named by the page", "private futexes work within a process; between processes, futexes, mutexes and semaphores in a memfd beside it" },
	{ "move_pages(), node of a page",
	  { "move_pages()", "get_mempolicy(MPOL_F_ADDR, MPOL_F_NODE)" },
	  "ask the page", "the device's `target_node`" },
	{ "ptrace, gdb, /proc/PID/mem",
	  { "ptrace(PTRACE_PEEKDATA)", "ptrace(PTRACE_POKEDATA)" },
	  "`vm_operations_struct.access`", "" },
	{ "MAP_PRIVATE, writable", { "mmap(MAP_PRIVATE)" }, "copies would need struct page",
	  "MAP_SHARED" },
	{ "MAP_PRIVATE with PROT_READ alone", { "mmap(MAP_PRIVATE) with PROT_READ alone" },
	  "shows the memory, not a copy", "" },
	{ "mprotect(PROT_WRITE) of that", { "mprotect(PROT_WRITE) of a page of that" },
	  "as above", "MAP_SHARED" },
	{ "MAP_SYNC", { "mmap(MAP_SYNC)" }, "the memory is volatile", "leave it out" },
	{ "MAP_POPULATE", { "mmap(MAP_POPULATE)" },
	  "is ignored: populate uses page references", "touch the memory" },
	{ "MADV_POPULATE_READ, MADV_POPULATE_WRITE",
	  { "madvise(MADV_POPULATE_READ)", "madvise(MADV_POPULATE_WRITE)" }, "same",
	  "touch the memory" },
	{ "MADV_DONTNEED, MADV_FREE", { "madvise(MADV_DONTNEED)", "madvise(MADV_FREE)" },
	  "PFNMAP mappings cannot be discarded", "unmap" },
	{ "MADV_REMOVE", { "madvise(MADV_REMOVE)" }, "punches a hole, which a device cannot have", "" },
	{ "MADV_COLD, MADV_PAGEOUT, MADV_COLLAPSE",
	  { "madvise(MADV_COLD)", "madvise(MADV_PAGEOUT)", "madvise(MADV_COLLAPSE)" },
	  "there is nothing to reclaim or collapse", "leave them out" },
	{ "MADV_HWPOISON", { "madvise(MADV_HWPOISON)" }, "takes a page reference",
	  "`pfn_special/inject` in debugfs" },
	{ "MADV_DODUMP", { "madvise(MADV_DODUMP)" }, "core dumps leave the memory out", "gdb" },
	{ "MADV_DONTFORK, then MADV_DOFORK",
	  { "madvise(MADV_DONTFORK)", "madvise(MADV_DOFORK)" },
	  "the latter is not for VM_IO: it cannot be undone", "map it again" },
	{ "MADV_WIPEONFORK", { "madvise(MADV_WIPEONFORK)" }, "is for private memory", "MADV_DONTFORK" },
	{ "mremap() to a larger size", { "mremap() to a larger size" }, "VM_DONTEXPAND",
	  "map a second part" },
	{ "mremap(MREMAP_DONTUNMAP)", { "mremap(MREMAP_DONTUNMAP)" }, "is not for PFNMAP", "map it twice" },
	{ "mlock()", { "mlock()" }, "does nothing: the memory never moves", "" },
	{ "userfaultfd",
	  { "UFFDIO_REGISTER (missing)", "UFFDIO_REGISTER (write-protect)",
	    "UFFDIO_REGISTER (minor)" },
	  "is not for PFNMAP", "" },
	{ "uprobes", { "uprobe" }, "would have to copy the page", "" },
	{ "msync(MS_SYNC)", { "msync(MS_SYNC)" }, "there is nothing to write to", "leave it out" },
	{ "mincore(), Rss of smaps, ps and top", { "mincore()", "/proc/PID/smaps" },
	  "there is no page to count", "`leaves_*` and `users` of a device, `du` of a file" },
	{ "/proc/PID/pagemap", { "/proc/PID/pagemap" }, "does not look into PFNMAP mappings", "" },
};

/* Joins what the rows of a limit say for one kind, each once. */
static void join(const struct limit *limit, enum kind kind, char *text, size_t len)
{
	*text = '\0';
	for (int i = 0; i < MAX_NAMES && limit->names[i]; i++) {
		const char *result = table_result(limit->names[i], kind);
		size_t used = strlen(text);

		if (!result)
			bail("limits: there is no row '%s'", limit->names[i]);
		if (!strstr(text, result))
			snprintf(text + used, len - used, "%s%s", used ? "; " : "", result);
	}
}

void limits_print(FILE *f)
{
	char device[1024], files[1024];

	fprintf(f, "| what | result | why | instead |\n|---|---|---|---|\n");
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		join(&limits[i], DEVICE, device, sizeof(device));
		join(&limits[i], DMEMFS, files, sizeof(files));
		if (strcmp(device, files))
			fprintf(f, "| %s | device: %s; dmemfs: %s |", limits[i].what, device,
				files);
		else
			fprintf(f, "| %s | %s |", limits[i].what, device);
		fprintf(f, " %s | %s |\n", limits[i].why, limits[i].instead);
	}
}
