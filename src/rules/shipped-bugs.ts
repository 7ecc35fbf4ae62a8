/** A mistake that reached users, by the public record of its fix or report. */
export interface ShippedBug {
  readonly project: string;
  /** Commit, mail, issue or CVE. */
  readonly reference: string;
  /** What went wrong, in terms of the ring. */
  readonly what: string;
}

const VHOST_PACKED = "20190717105255.63488-1 (cover letter)";
const LINUX_PACKED = "packed ring series of 2018 (change log)";

/**
 * `project | reference | what`, each under the rules that would name it. Where the mistake is one of
 * reading, the rule names what it led to.
 */
const TABLE: Readonly<Record<string, string>> = {
  "device/used-before-driver-ok": `
rust-vmm vm-virtio | d951283, b47a799 | a queue was iterated that was not ready, or of size 0
ACRN | 286dd180a | a poll timer wrote used flags of queues that nobody had set up`,
  "packed/avail-flags-wrong-lap": `
DPDK crypto/virtio | 22493624c1 | the next slot and the cached owner bits were not advanced after an enqueue
HermitOS | 4e20fb2e | descriptors behind the head were written without AVAIL and USED and never got them`,
  "packed/avail-wrap-not-flipped": `
Linux virtio_ring | 1acfe2c12258 | a list of exactly N slots did not flip avail_wrap_counter: kicks were lost and a mount hung`,
  "packed/batch-shown-in-part": `
DPDK vhost | af4d7ad5d9 | a batch across the ring end showed its first slot before the second half was written`,
  "packed/event-flags-reserved": `
HermitOS | a042e47f | DESC was or-ed into the old value: flags became the reserved 3`,
  "packed/id-not-in-last": `
DPDK net/virtio | ad6f01945a75 | a slot whose id an in-order device had overwritten was published again with that id`,
  "packed/indirect-entry-flags": `
Linux virtio_ring | ${LINUX_PACKED} | entries of packed tables carried NEXT, because the vhost of the day wanted it
DPDK net/virtio | 381f39ebb7 | tables of a packed queue were prepared with split descriptors: flags stood where id belongs
OpenVMM | 9a3e3335b | NEXT in the last entry of a table led the device out of it, into the ring`,
  "packed/list-cut-short": `
DPDK net/virtio | f923636411c5 | the header's descriptor lacked NEXT: the device saw two unrelated buffers
HermitOS | b1360ce2 | NEXT and WRITE were combined with a bitwise and: lists ended at their first descriptor`,
  "packed/num-free-miscounted": `
DPDK net/virtio | 2923b8f9c4 | the control queue counted one slot down twice and did not move past the whole list`,
  "packed/published-too-early": `
HermitOS | fdd50275 | the owner bits of the head changed while the rest of its list was still being written`,
  "packed/used-at-skipped-slot": `
QEMU | 2d9a31b3c2 | several lists completed in one flush were marked used in consecutive slots, not a list apart
DPDK vhost | 3ad55b8e94 | a position that was read before a flush moved it: the batch overwrote used slots
DPDK vhost | 2e3f1ab0d8 | a batch of used descriptors was assumed not to cross the ring end
DPDK vhost | c7de6f9be5 | pending used descriptors were not flushed before a direct write: later slots were used first
DPDK vhost | 5c3a69879e | buffers of several descriptors were counted as one: both positions went astray
DPDK virtio-user | 45c224e73a | the device took the id for a position, and marked each descriptor of a list used`,
  "packed/used-flags-wrong-lap": `
OpenVMM | 547661407 | a list of exactly N slots flipped neither of the device's wrap counters`,
  "packed/used-without-write": `
vhost-net packed series | ${VHOST_PACKED} | WRITE was dropped when a writable descriptor was marked used: len had no meaning`,
  "queue/add-refused-with-room": `
Haiku | ae4474e67e | tables were capped at 128 entries and users told 256: adds failed and nobody looked`,
  "queue/buffer-id-in-flight-twice": `
HermitOS | b496e9b8 | descriptors were freed from the used ring's position on, not from used.id: ids became free twice`,
  "queue/chain-longer-than-queue": `
QEMU | c8eac1cfa1 (CVE-2011-2212) | an indirect table longer than the device's own arrays overflowed them`,
  "queue/chain-not-ending": `
DPDK vhost | 450539b47e, c7e7244b82 | the walk of a chain had no bound: a loop was walked for ever
DPDK vhost crypto | 5677e68c05 (CVE-2020-14378) | the counter that bounds the walk could underflow
QEMU | bbc1c327d7 | the bound of a table was kept for the next direct chain: next could leave the ring`,
  "queue/descriptor-in-flight-twice": `
QEMU shadow virtqueue | 5d410557de | free space was counted in chains, not descriptors: those in flight were overwritten
QEMU shadow virtqueue | 81abfa5724 | only the head came back to the free list of a chain
Asterinas | 349d7baa2 | a chain was freed into the descriptor before its head
EDK2 | 635a3ca2a1 | the head was put into the available ring once for each descriptor: requests ran several times
HermitOS | 16b3193b | nothing checked that enough slots were free: those of the device were overwritten`,
  "queue/driver-state-against-ring": `
Linux virtio_ring | 20190808113606.19504-3 | detaching unused buffers did not move the packed position back as the split path does`,
  "queue/element-differs": `
DPDK net/virtio | be048a1aaa | len grew by the header, and addr was not moved back by it`,
  "queue/enospc-with-nothing-in-flight": `
OSv | 2e2c6e96 | waited for more free slots than the ring has`,
  "queue/event-shadow-differs": `
Linux virtio_ring | 8d622d21d248 (mails of March 2023) | disable_cb was skipped, its copy still said enabled, and every get_buf asked again
DPDK net/virtio | f50560a54b | after a reconnect the words in memory said enabled, and the driver believed them disabled
DPDK net/virtio | c68fee9588 | disabling wrote memory and not the copy, so that enabling again was skipped`,
  "queue/fetched-not-available": `
OpenVMM | 9a3e3335b | the walk of a list went from the last slot to slot N instead of 0
vhost-net packed series | ${VHOST_PACKED} | a descriptor that was not available in the middle of a list was taken all the same
contrail-vrouter | issue 108 | the number of available entries was computed without 16-bit wrap: the device read beyond avail.idx
QEMU, DPDK, Firecracker, crosvm | a821ce5933; d4ff2135eb; 31b6673ae; 1fe0c4481 | an entry could be read before the index that covers it
SPDK vhost | issue 2940 | a negative error was taken as a number of requests`,
  "queue/indirect-table-length": `
DPDK net/virtio | 8410c369b4 | len of the table was that of two entries, however many there were
QEMU | 7423192912 | a table of length 0 was accepted and hit an assertion`,
  "queue/indirect-without-feature": `
QEMU | ac8fc4ccac | drivers used indirect descriptors that nobody had negotiated: QEMU put up with it, hardware did not`,
  "queue/interrupt-asked-late": `
virtio-win | ebe2f471 | the delayed event index was computed from a negative difference
Linux virtio_ring | ${LINUX_PACKED} | the delayed offset was computed from a wrong number of buffers`,
  "queue/interrupt-missed": `
QEMU | 750539c4c4 | signalled_used was compared modulo the ring: used descriptors that lapped it stopped interrupts
QEMU | a281ebc11a | used.idx could become visible after the driver's word was read
lkl | pull request 148 | an interrupt only when used_event was exactly used.idx
OpenVMM | c88ef076c | the armed slot was compared with the start of a list only: lists stepped over it
Linux vhost | 809ecb9bca6a, reverted by 8d65843c4426 | used_event was cached by the device
crosvm | c6554e9c7, reverted by b0423fd52 | signalled_used moved at each check, also at those without an interrupt
cloud-hypervisor | 632921974, 72b736153 | acquire and release fences did not order a store before a load
vhost-net packed series | ${VHOST_PACKED} | the distance of two positions was computed as true or false`,
  "queue/interrupt-superfluous": `
SPDK | d03cac1310 | an interrupt at each overflow of the index
SPDK | 66894635fa | the driver's word was ignored`,
  "queue/interrupt-without-work": `
Linux | 20210824105944.172659-1 | a work item took used buffers before the interrupt came, and the handler disowned it`,
  "queue/kick-missed": `
Linux virtio_ring | 1acfe2c12258 | the wrap counter that a list of N slots left stale spoiled the comparison with off_wrap
HermitOS | 46063a15 | only the first slot of a list was compared with the armed one
OSv | 2cb094fe | the number added since the last decision could overflow
DPDK | d21d05c7a9 | publication could become visible after the device's flags were read
OSv, SPDK, kvmtool, ACRN | 053bcf8e; face9eb258; 66ba0ba; 4210f02d3 | no full barrier between publication and the look at the other side's word`,
  "queue/kick-superfluous": `
OSv | e0355a8e | the device's flags were ignored`,
  "queue/not-at-start-after-reset": `
DPDK virtio-user | ff11fc60c5d8 | wrap counters went back to 1, and the used position stayed where it was
DPDK virtio-user | 6ebbf4109f, 9277125731, 01996a034a | a restarted backend began at slot 0 while the driver was in the middle of a lap
cloud-hypervisor | aef0a43b5 | the position after a reset was read from stale memory
Linux vhost | mails of 10 to 14 February 2020 | after a reboot of the guest the device went on with what it had fetched from the old ring
QEMU | 499c557975, c3716f260b | the position was overwritten with 0 when asking for it had failed
vdpa/mlx5 | 20210406170457.98481-14 | a suspend gave back the available index in place of the used one`,
  "queue/notification-asked-late": `
QEMU | a3614c65cf | avail_event was set to what the driver had published, not to what the device had taken`,
  "queue/notify-data-wrong": `
HermitOS | a8c57755 | the position sent was that of the list, not of what comes next
HermitOS | 83f3ca3e | next_off was shifted right by one
HermitOS | 1723d3e4 | the data was always 0
DPDK net/virtio | 518208f3a1 | the doorbell was written with 1 instead of the queue's index`,
  "queue/pending-overlooked": `
Linux virtio_ring | 40ce7919d873 | after enabling, the armed slot was looked at and not the next one: transmission stalled
QEMU virtio-net | 06b1297017, f937309fbd | after enabling, one look for enough bytes: buffers that came later went unnoticed
QEMU virtio-crypto | 600f5ce356 | no second look after enabling notifications
QEMU | 92045d80ba | avail_event could become visible after the second look`,
  "queue/publication-without-decision": `
U-Boot | d1b4bfc9844 | receive buffers were added again without a kick`,
  "queue/publish-barrier-missing": `
virtio-win | 948d348e | the barrier compiled to nothing`,
  "queue/returned-before-used": `
HermitOS | eace158b | the test for used was true for every slot of the second lap
virtio specification, sample code | bb32d2a | USED alone was compared: a slot inside an old list looked used
DPDK net/virtio | a4270ea4ff79 | the head of a list across the ring end was tested with the wrap counter of its end
DPDK net/virtio | c3a954eb74 | further segments were taken by the driver's own count, not by their flags
iPXE | 744b98d27 | get_buf took a buffer although used.idx had not moved
Linux i2c-virtio | 20211019074647.19061-3 | a callback was taken to mean that all buffers were done`,
  "queue/ring-not-zeroed": `
HermitOS | 97eda589 | the ring was not zeroed: stale bits could be those of the first lap
DPDK virtio-user | 45c224e73a | the control queue did not begin with owner bits of 0`,
  "queue/stalled": `
DPDK vhost | cdf1dc5e6a, 8b13d12a16 | used descriptors were held back until the ring was nearly full
QEMU | 5bdbaebcce18 | notifications stayed off when a handler was detached while polling
libkrun | issue 602 | an error left the loop with notifications off
Linux virtio-net | 20221212091029.54390-1 | enable_cb_delayed was skipped where no kick was needed
DPDK net/virtio | 3eabd79c50 | buffers were refilled after a receive only: an empty ring stayed empty
SPDK vhost | dbe47004e5 | no interrupt after a queue was restarted: the guest froze
crosvm | 52c97d41b | one chain was handled for each kick, and no further kick came
SPDK vhost | 808a2b05c2 | a completely full ring looked empty
crosvm | 174ce13e5 | the device kept its index modulo the queue size, or stopped at 65535
rust-vmm vhost-user-backend | 8c00b88 | a kick that came before the queue was enabled was consumed and dropped
rcore virtio-drivers | 3ce80bd | EVENT_IDX was negotiated and used_event never moved: interrupts stopped
virtio specification | issue 35 | a device that never writes avail_event is notified when the index wraps, and else never
Firecracker vsock | 1f87dbb6e | one queue was never drained: its avail_event stayed 0
Firecracker vsock | 70157ae134 | after a restore the driver was past avail_event already
QEMU | 3cdf847329 | a stale avail_event was migrated: its page was not marked dirty`,
  "queue/store-not-owned": `
kvmtool | b7af514 | avail_event was written without the feature, into memory that firmware used`,
  "queue/too-many-in-flight": `
OpenVMM | 7a9ddc425 | nothing bounded what was in flight: a driver could lap it
QEMU | afd9096eb1 (CVE-2016-5403) | more requests in flight than the ring has entries took memory without end
rust-vmm, Firecracker | 16f1b01; 214671c48 | an available index more than N ahead was accepted
ACRN | ace5ef44e | the same, and an endless loop
Solo5 | pull request 98 | indexes modulo the ring size: full and empty were the same
virtio-win | 764877f3 | detaching unused buffers did not lower avail.idx: the device saw more buffers than the ring holds`,
  "queue/used-barrier-missing": `
sysprog21/kvm-host | 4b26e80 | flags were published without any order behind id and len`,
  "queue/used-buffer-overlooked": `
HermitOS | d62b7382 | used.idx was compared with greater-than: nothing came back after 65536 requests`,
  "queue/used-id-not-in-flight": `
QEMU | 33abfea239 | the id was taken from the first descriptor of a list instead of the last
DPDK vhost | 2a0ff4d554 | a deferred completion stored the ring position instead of the id
DPDK vhost | f46f655143 | used.id was the last descriptor of the chain, and len that descriptor's
Linux vhost | eccb852f1fe6 (linux-next) | the id was that of the last fetched descriptor, not of the head
crosvm vsock | eb9b6e602 | a head was returned once for each packet
kvmtool | 15c4e1e | an entry read too early gave a stale head
sysprog21/kvm-host | 4b26e80 | the id of a used descriptor was never written`,
  "queue/used-len-too-large": `
DPDK vhost | 16b9e38e74 | the length was not zeroed for each chain: it grew
QEMU virtio-net | 40bad8f3de | transmitted buffers came back with a length, and nothing had been written
QEMU virtio-balloon | d3f1f940eb | the same
Linux vhost/vsock | 49d8c5ffad07 | the same: the bytes read were reported
Linux virtio_console | CVE-2021-38160 | a driver trusted a length beyond the buffer`,
  "queue/used-not-published": `
DPDK vhost | 5c561b0a23 | after a failed allocation the device moved on and used.idx was not written
Firecracker | 06cffc96f | the element was written, used.idx never: the buffer did not come back`,
  "queue/used-position-miscounted": `
DPDK net/virtio | 5c75a8efcd | one used descriptor of an in-order batch moved the driver by one buffer
DPDK net/virtio | e788032aac | the same on a split ring: descriptors leaked
DPDK net/virtio | 2923b8f9c4 | the used position did not move by the length of the list`,
  "queue/writable-before-readable": `
rcore virtio-drivers | 6b0ce50 | readable elements behind writable ones went unnoticed`,
  "queue/wrong-buffer-returned": `
DPDK net/virtio | 2d91b28730a9 | buffers were looked up by slot, not by id: wrong once a device completed out of order`,
  "split/avail-entry-not-head": `
Asterinas | 0ba24e90d | the entry was the index of the ring instead of the head, and at a wrong offset
Zephyr | pull request 115008 | an empty buffer published head 65535
EDK2 | 635a3ca2a1 | each descriptor of a chain stood in the available ring`,
  "split/next-mislinked": `
Asterinas | 349d7baa2 | the free list was linked through the wrong descriptor
iPXE | dbda839b6 | two descriptors a packet, and a ring sized for one: numbers beyond the table`,
  "split/num-free-miscounted": `
QEMU shadow virtqueue | 5d410557de | a chain counted as one free descriptor`,
  "split/used-idx-passed-avail": `
DPDK vhost | 8729de6092 | used.idx went to the end of what was reserved, not of what was used
Linux vhost | mails of 10 to 14 February 2020 | "Guest moved used index": the device went on in an old ring`,
};

/** Rule id to bugs that it would have named. Facts of public records; not complete. */
export const SHIPPED_BUGS: Readonly<Record<string, readonly ShippedBug[]>> = Object.fromEntries(
  Object.entries(TABLE).map(([rule, lines]) => [
    rule,
    lines
      .trim()
      .split("\n")
      .map((line) => {
        const [project = "", reference = "", what = ""] = line.split(" | ");
        return { project, reference, what };
      }),
  ]),
);
