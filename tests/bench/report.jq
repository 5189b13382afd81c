# bench.json to Markdown: targets, what is worse than the best peer, all figures.

def titles: {
  "populate": "Touch: a byte in each leaf of memory that has been cleared or touched before, through a new mapping",
  "far": "Touches far apart: one in 8 leaves of 2M or 1G, one in 512 of 4K; otherwise as before",
  "random": "512 touches at random pages; otherwise as before",
  "first": "First touch: clearing included",
  "random-first": "512 first touches at random pages: clearing included",
  "unmap": "munmap of memory that was touched",
  "exit": "Exit of a process that has touched the memory",
  "fork": "Fork of a process that has touched the memory",
  "child": "Fork, and the child touches all of the memory",
  "bind": "Binding a device of that size",
  "unbind": "Unbinding it",
  "create": "Creating a device of that size and binding it",
  "destroy": "Unbinding and destroying it",
  "memory": "Kernel memory, by /proc/meminfo, in KiB",
  "accounted": "Kernel memory, by metadata_bytes, in KiB",
  "command-create": "Commands: daxctl carve create, ndctl create-namespace",
  "command-destroy": "Commands: daxctl carve destroy, ndctl destroy-namespace",
  "command-list": "Commands: daxctl carve list",
  "vfio-map": "VFIO: mapping into an IOMMU",
  "vfio-unmap": "VFIO: unmapping",
  "guest-boot": "A KVM guest boots, fills and verifies 1 GiB",
  "start": "QEMU with an assigned device, from exec to the guest's first instruction: all threads",
  "start-main": "The same, QEMU's main thread alone",
  "file-create": "Files: creating one and giving it memory",
  "file-delete": "Files: deleting it"
};
# Whose figures they are; all others are peers.
def ours: . as $peer | ["dax_none", "dax_none-ahead", "dax_none-prealloc-1",
  "dax_none-prealloc-2", "dmemfs", "carve", "ndctl-none"] | index($peer) != null;
def bytes: {K: 1024, M: 1048576, G: 1073741824} as $unit
  | (.[:-1] | tonumber) * $unit[.[-1:]];
def gib: bytes / 1073741824;
def leaves: (.size | bytes) / (.leaf | bytes);
# 1234567.8 as 1,234,568
def digits: if . == null then "" elif . < 10 and . != (. | round) then . * 10 | round / 10 | tostring
  else round | tostring | [while(length > 0; .[:-3]) | .[-3:]] | reverse | join(",") end;
def two: if . < 0.01 then . * 10000 | round / 10000 else . * 100 | round / 100 end;
def row: "| " + join(" | ") + " |";
def head: row, "|" + (map("---|") | join(""));
# The figures of one kind, a line for each leaf and size, a column for each peer
def table:
  ([.[].peer] | unique | sort_by(if ours then 0 else 1 end)) as $peers
  | (["leaf", "size"] + $peers | head),
    (group_by([(.leaf | bytes), (.size | bytes)])[] | . as $cells
      | [.[0].leaf, .[0].size] + [$peers[] as $peer
          | first($cells[] | select(.peer == $peer) | .value) // null | digits] | row);
# Are there several sizes of anything?
def plotted: group_by([.peer, .leaf]) | map(length) | max > 1;

. as $all
| def value($figure; $peer; $leaf; $size):
    first($all.figures[] | select(.figure == $figure and .peer == $peer
      and .leaf == $leaf and .size == $size) | .value) // null;
  def ratio($a; $b): if $a == null or $b == null then null else $a / $b end;
  def target($name; $got; $most; $what):
    {name: $name, got: $got, most: $most, what: $what};
  def to_device_dax($figure; $leaf; $size):
    ratio(value($figure; "dax_none"; $leaf; $size); value($figure; "device_dax"; $leaf; $size));

  [ target("2M fault, to device_dax"; to_device_dax("populate"; "2M"; "1G"); 0.60; "ratio"),
    target("1G fault, to device_dax"; to_device_dax("populate"; "1G"; "100G"); 0.60; "ratio"),
    target("4K populate per page, to device_dax"; to_device_dax("populate"; "4K"; "64M"); 0.10; "ratio"),
    target("bind 800 GiB, to 1 GiB"; ratio(value("bind"; "dax_none"; "1G"; "800G"); value("bind"; "dax_none"; "1G"; "1G")); 1.1; "ratio"),
    target("create 800 GiB, to 1 GiB"; ratio(value("create"; "dax_none"; "1G"; "800G"); value("create"; "dax_none"; "1G"; "1G")); 1.1; "ratio"),
    target("kernel memory of 800 GiB"; [value("memory"; "dax_none"; "1G"; "800G"), value("accounted"; "dax_none"; "1G"; "800G")] | max; 64 * 800 / 1024 + 256; "KiB"),
    target("first touch at 2M, to hugetlbfs"; ratio(value("first"; "dax_none"; "2M"; "1G"); value("first"; "hugetlbfs"; "2M"; "1G")); 1; "ratio"),
    target("first touch at 1G, to hugetlbfs"; ratio(value("first"; "dax_none"; "1G"; "1G"); value("first"; "hugetlbfs"; "1G"; "1G")); 1; "ratio"),
    target("unbind 800 GiB, to device_dax"; to_device_dax("unbind"; "1G"; "800G"); 0.50; "ratio"),
    target("munmap of 1 GiB as it comes (a 1G leaf), to device_dax as it comes (2M)"; ratio(value("unmap"; "dax_none"; "1G"; "1G"); value("unmap"; "device_dax"; "2M"; "1G")); 0.50; "ratio"),
    target("munmap at 2M leaves, to device_dax"; to_device_dax("unmap"; "2M"; "1G"); 0.50; "ratio"),
    target("munmap at 4K leaves, to device_dax"; to_device_dax("unmap"; "4K"; "64M"); 0.50; "ratio"),
    target("munmap at 1G leaves, to device_dax"; to_device_dax("unmap"; "1G"; "800G"); 0.50; "ratio"),
    target("start with 16 GiB cleared ahead (main thread), to 1 GiB"; ratio(value("start-main"; "dax_none-ahead"; "1G"; "16G"); value("start-main"; "dax_none-ahead"; "1G"; "1G")); 1.05; "ratio"),
    target("start with 16 GiB cleared ahead (main thread), to hugetlbfs"; ratio(value("start-main"; "dax_none-ahead"; "1G"; "16G"); value("start-main"; "hugetlbfs"; "1G"; "16G")); 0.10; "ratio")
  ] as $targets

| [ $all.figures | group_by([.figure, .leaf, .size])[]
    | (map(select((.peer | ours | not) and .peer != "nothing")) | min_by(.value)) as $best
    | select($best)
    | .[] | select(.peer | ours) | select(.value > 1.01 * $best.value)
    | {figure, leaf, size, peer, value, best: $best.value, than: $best.peer,
       ratio: (.value / ([$best.value, 1] | max)),
       reason: ($reasons[0]["\(.peer) \(.figure) \(.leaf)"] // $reasons[0]["\(.figure) \(.leaf)"]
         // $reasons[0][.figure] // "NO REASON KNOWN")}
  ] as $worse

| "<!-- SPDX-License-Identifier: GPL-2.0-only -->",
  "# What it costs",
  "",
  "Counted in instructions that a virtual machine executes, on an unmodified kernel,",
  "with all that is compared in the same run. Made by `make bench`; the figures are in",
  "[bench.json](bench/bench.json).",
  "",
  "## Targets that are missed",
  "",
  ( [$targets[] | select(.got == null or .got > .most)]
    | if length == 0 then "None."
      else (["target", "wanted at most", "measured", "why"] | head),
        (.[] | [.name, "\(.most)", (if .got == null then "nothing" else .got | two | tostring end),
          ($reasons[0]["target " + .name] // "NO REASON KNOWN")] | row) end ),
  "",
  "## What is worse than the best peer",
  "",
  "By more than 1%, at the size where it is worst.",
  "",
  ( if $worse | length == 0 then "Nothing."
    else (["figure", "peer", "leaf", "size", "instructions", "best peer", "ratio", "why"] | head),
      ($worse | group_by([.figure, .leaf, .peer])[] | max_by(.ratio)
        | [.figure, .peer, .leaf, .size, (.value | digits), "\(.than): \(.best | digits)",
           (.ratio | two | tostring), .reason] | row) end ),
  "",
  "## What two boots do not agree on",
  "",
  "By more than 1%; the smaller one is used.",
  "",
  ( [$all.figures[] | select(.differ > 1)]
    | if length == 0 then "Nothing: the largest difference is \($all.agreement.largest_difference_percent * 100 | round / 100)%."
      else (["figure", "peer", "leaf", "size", "one", "the other", "percent"] | head),
        (sort_by(-.differ)[] | [.figure, .peer, .leaf, .size, (.runs[0] | digits),
          (.runs[1] | digits), (.differ * 10 | round / 10 | tostring)] | row) end ),
  "",
  "## Targets that are met",
  "",
  (["target", "wanted at most", "measured"] | head),
  ($targets[] | select(.got != null and .got <= .most)
    | [.name, "\(.most)", (.got | two | tostring)] | row),
  "",
  "## Per leaf and per GiB",
  "",
  "At the largest size that all have.",
  "",
  (["dax_none", "dmemfs", "device_dax", "hugetlbfs", "hugetlbfs-vo", "memfd"] as $peers
    | (["figure", "leaf", "instructions"] + $peers | head),
      ( ["populate", "unmap"][] as $figure
        | ({"4K": "64M", "2M": "1G", "1G": "2G"} | to_entries[]) as $at
        | ($at.value | bytes) as $bytes | ($at.key | bytes) as $leaf
        | [["per leaf", $leaf], ["per GiB", 1073741824]][] as $per
        | [$figure, $at.key, $per[0]] + [$peers[] as $peer
            | value($figure; $peer; $at.key; $at.value)
            | if . == null then "" else . * $per[1] / $bytes | digits end] | row )),
  "",
  ( $others[]
    | .environment.kernel as $kernel
    | def other($peer; $of): first(.figures[] | select(.figure == $of.figure
        and .leaf == $of.leaf and .size == $of.size and .peer == $peer) | .value) // null;
    def percent($a; $b): if $a == null or $b == null or $b == 0 then ""
      else (100 * $a / $b | round | tostring) + "%" end;
    "## On \($kernel), beside \($all.environment.kernel)",
    "",
    "Ours, at the largest size of each, and the best peer of that kernel.",
    "",
    (["figure", "peer", "leaf", "size", "6.12", ($kernel | split(".")[:2] | join(".")),
      "of 6.12", "best peer", "of it"] | head),
    ( . as $it
      | [$all.figures[] | select(.peer | ours)]
      | group_by([.figure, .leaf, .peer])[] | max_by(.size | bytes) as $of
      | ($it | other($of.peer; $of)) as $now
      | select($now != null)
      | ([$it.figures[] | select(.figure == $of.figure and .leaf == $of.leaf
          and .size == $of.size and (.peer | ours | not) and .peer != "nothing")]
          | min_by(.value)) as $best
      | [$of.figure, $of.peer, $of.leaf, $of.size, ($of.value | digits), ($now | digits),
         percent($now; $of.value),
         (if $best then "\($best.peer): \($best.value | digits)" else "" end),
         percent($now; $best.value?)] | row ),
    "",
    "\(.agreement.within_one_percent) of \(.agreement.figures) figures of two boots agree within 1%; the largest",
    "difference is \(.agreement.largest_difference_percent * 100 | round / 100)%.",
    "" ),
  "## All figures",
  "",
  "Instructions, for all of the size, if not said otherwise. hugetlbfs-vo is hugetlbfs",
  "with `vm.hugetlb_optimize_vmemmap=1`; memfd at 2M is with THP.",
  "",
  ( [titles | keys_unsorted[]] as $known
    | $all.figures | group_by(.figure)
    | sort_by(.[0].figure as $figure | $known | index($figure))[]
    | .[0].figure as $figure
    | "### \(titles[$figure] // $figure)", "", table, "",
      (if plotted then "![\($figure)](bench/\($figure).svg)", "" else empty end) ),
  "## How it was measured",
  "",
  "- Kernel \(.environment.kernel), QEMU \(.environment.qemu), a VM with",
  "  `\(.environment.vm)`.",
  "- Of several rounds the least counts, of bind, commands and the like the mean of the",
  "  middle eight tenths, so that timer ticks and cold caches do not.",
  "- All was measured in two VMs: \(.agreement.within_one_percent) of \(.agreement.figures) figures agree within 1%;",
  "  the largest difference is \(.agreement.largest_difference_percent * 100 | round / 100)%.",
  "- A guest that hangs, as one in fifty does under this QEMU, is started again; `make bench`",
  "  says so.",
  "- QEMU with an assigned device: the device is `edu` behind an IOMMU, with the module of",
  "  drivers/vfio for all; the guest's first instruction tells. dax_none-ahead is memory that",
  "  was cleared before; dax_none-prealloc-N is memory that was not, which QEMU touches with N",
  "  threads (`prealloc=on`) while its main thread waits. Peers get the same memory, from the",
  "  kernel. What QEMU does for itself grows with the guest as well, whatever the memory.",
  "- An instruction is not time. QEMU counts each repetition of a string instruction, so",
  "  clearing a page counts 512 of them; caches and TLBs do not count at all. How fast memory",
  "  is cleared `make bench-clear` times: on an AMD EPYC with CLZERO in runs 2.5 to 2.8 times",
  "  as fast as page by page, and 1.07 times as fast as by non-temporal stores.",
  "- Before each fault but a first touch the memory has been cleared and touched through",
  "  another mapping, so that only the mapping is measured. device_dax clears nothing and",
  "  is absent where clearing counts. The page allocator of this kernel clears too",
  "  (`init_on_alloc`), which memfd pays for twice.",
  "- Figures of commands and of writes to sysfs leave out time spent waiting."
