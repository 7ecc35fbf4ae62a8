// Stands in the bundle for React's inspector, which Ink would load where somebody develops it.
// biome-ignore lint/style/noDefaultExport: Ink imports it so
export default { initialize() {}, connectToDevTools() {} };
