// `edgewise/lite` has none.
export const tools = undefined;
