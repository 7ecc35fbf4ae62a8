// Stands in the bundle for React's inspector, which Ink would load where somebody develops it.
const inspector = { initialize() {}, connectToDevTools() {} };

export { inspector as default };
