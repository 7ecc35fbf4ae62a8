import type { Layout } from "../../model/event.ts";
import type { Device, DeviceOptions } from "./device.ts";
import type { Driver, DriverName, DriverOptions } from "./driver.ts";
import { LinuxPackedDriver } from "./linux-packed.ts";
import { LinuxSplitDriver } from "./linux-split.ts";
import { PackedDevice } from "./packed-device.ts";
import type { Port } from "./port.ts";
import { ReviewedDriver } from "./reviewed.ts";
import { Rfc2Driver } from "./rfc2.ts";
import { SplitDevice } from "./split-device.ts";

/** The driver model of a name, for the layout of the port's memory. Throws RangeError where there is none. */
export function makeDriver(
  name: DriverName,
  port: Port,
  options: Partial<DriverOptions> = {},
): Driver {
  const { layout } = port.memory;
  if (name === "linux") {
    return layout === "split"
      ? new LinuxSplitDriver(port, options)
      : new LinuxPackedDriver(port, options);
  }
  if (layout === "split") throw new RangeError(`${name} is a driver of packed queues only`);
  return name === "rfc2" ? new Rfc2Driver(port, options) : new ReviewedDriver(port, options);
}

/** A correct device for the layout of the port's memory. */
export function makeDevice(
  layout: Layout,
  port: Port,
  options: Partial<DeviceOptions> = {},
): Device {
  return layout === "split" ? new SplitDevice(port, options) : new PackedDevice(port, options);
}
