# Figures of two runs, as lines "bench FIGURE PEER LEAF SIZE VALUE", to JSON.

# What something costs has two or three values, a percent or two apart, by the state of
# caches and allocators. The median would be the one or the other by chance, and the
# mean an outlier's, so: the mean without the least and the greatest tenth.
def typical:
  sort | length as $n
  | (if $n < 3 then 0 else [1, ($n / 10 | floor)] | max end) as $cut
  | .[$cut:$n - $cut] | add / length | round;

def figures:
  split("\n") | map(select(startswith("bench ")) | split(" ")
    | {key: .[1:5] | join(" "), value: .[5] | tonumber})
  | group_by(.key)
  | map({key: .[0].key, value: (map(.value) | typical)})
  | from_entries;

# What /proc/meminfo says comes in KiB and changes by itself.
def slack(figure): if figure == "memory" then 256 else 0 end;

($first | figures) as $one | ($again | figures) as $two
| [($one + $two) | keys_unsorted[] | . as $key | split(" ")
    | {figure: .[0], peer: .[1], leaf: .[2], size: .[3],
       value: ([$one[$key], $two[$key]] | min), runs: [$one[$key], $two[$key]]}
    | .differ = (if (.runs | index(null)) then 100
                 elif (.runs[0] - .runs[1] | fabs) <= slack(.figure) then 0
                 else 100 * (.runs | (max - min) / max) end)] as $figures
| {command: $command,
   environment: {kernel: $kernel, qemu: $qemu, vm: $options},
   agreement: {figures: ($figures | length),
               within_one_percent: ($figures | map(select(.differ <= 1)) | length),
               largest_difference_percent: ($figures | map(.differ) | max)},
   figures: $figures}
