export interface ShippedBug {
  readonly project: string;
  readonly reference: string;
  readonly what: string;
}
export const SHIPPED_BUGS: Readonly<Record<string, readonly ShippedBug[]>> = {};
