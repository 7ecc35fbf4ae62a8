/** Members of the JSON in a case's column `fields`, in their order; none where it holds no object. */
export function jsonMembers(json: unknown): (readonly [name: string, value: unknown])[] {
  if (typeof json !== "string") return [];
  const fields: unknown = JSON.parse(json);
  return typeof fields === "object" && fields !== null ? Object.entries(fields) : [];
}
