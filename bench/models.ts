import { runBundled } from "./bundle.ts";

/** How fast the linux models run on one core: cycles of one buffer of one segment, from add to get_buf. */
export function benchModels(): void {
  console.log(
    "\nmodels: add + kick + device + get, million cycles a second " +
      "(medians; bars for packed: 5 with the store log off, 1.5 with it on)",
  );
  for (const layout of ["packed", "split"]) {
    for (const log of ["off", "on"]) {
      const [rate] = runBundled("bench/models-run.ts", [[layout, log]]);
      console.log(`  ${`linux ${layout}, log ${log}`.padEnd(34)} ${rate}`);
    }
  }
}
