/** A frame of the plain framing, or null if the text is none. */
export function parseFrame(text) {
  try {
    const frame = JSON.parse(text);
    return typeof frame === 'object' ? frame : null;
  } catch {
    return null;
  }
}
