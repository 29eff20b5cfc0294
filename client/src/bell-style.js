const CSS = `
:host { position: relative; display: inline-block; font: inherit; color: inherit; }
:host([hidden]), [hidden] { display: none !important; }
button { font: inherit; color: inherit; cursor: pointer; background: none; border: 0; padding: 0; }
button:disabled { opacity: .45; cursor: default; }
:focus-visible { outline: 2px solid var(--belfry-accent, light-dark(#8a5a12, #e8b961)); outline-offset: 2px; border-radius: 6px; }
#button { position: relative; display: grid; place-items: center; width: 2.75em; height: 2.75em; border-radius: 50%; }
#button:hover { background: color-mix(in srgb, currentColor 9%, transparent); }
:host(:not([state="connected"])) #button { opacity: .55; }
svg { width: 1.5em; height: 1.5em; transform-origin: 50% 0; }
.ringing svg { animation: ring 1.1s ease-in-out; }
#badge { position: absolute; top: .1em; right: .05em; min-width: 1.5em; padding: 0 .35em; box-sizing: border-box; border-radius: 99px; background: #c0392b; color: #fff; font-size: .7em; font-weight: 700; line-height: 1.5; text-align: center; font-variant-numeric: tabular-nums; }
#panel { position: absolute; z-index: 1000; inset-inline-end: 0; top: calc(100% + .4em); width: min(23em, calc(100vw - 2em)); max-height: min(30em, 75vh); overflow: auto; border: 1px solid var(--belfry-line, light-dark(#ddd5c8, #363b4c)); border-radius: 14px; background: var(--belfry-surface, light-dark(#fff, #1c1f2b)); color: var(--belfry-text, light-dark(#26221d, #efe8da)); box-shadow: 0 12px 36px #0003; outline-offset: -2px; text-align: start; }
[part=header] { position: sticky; top: 0; display: flex; justify-content: space-between; align-items: center; gap: 1em; padding: .8em 1em; background: inherit; border-bottom: 1px solid var(--belfry-line, light-dark(#ddd5c8, #363b4c)); }
#mark-all, a { color: var(--belfry-accent, light-dark(#8a5a12, #e8b961)); }
#mark-all { font-size: .875em; }
ul { list-style: none; margin: 0; padding: 0; }
li { position: relative; display: grid; gap: .1em; padding: .7em 2.6em .7em 1em; overflow-wrap: anywhere; }
li + li { border-top: 1px solid var(--belfry-line, light-dark(#ddd5c8, #363b4c)); }
[part~=item-unread] [part=title] { font-weight: 650; }
[part=body] { margin: 0; font-size: .93em; grid-row: 2; }
[part=time], [part=empty] { color: var(--belfry-muted, light-dark(#6c6155, #a49c8d)); font-size: .82em; }
[part=empty] { margin: 0; padding: 2em 1em; text-align: center; }
[part=mark] { position: absolute; inset-inline-end: .5em; top: .45em; width: 2em; height: 2em; display: grid; place-items: center; }
[part=mark]::before { content: ""; width: .65em; height: .65em; border-radius: 50%; background: var(--belfry-accent, light-dark(#8a5a12, #e8b961)); }
[part=mark]:hover::before { outline: 3px solid color-mix(in srgb, currentColor 18%, transparent); }
#announced { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@keyframes ring { 20%, 60% { rotate: 15deg; } 40%, 80% { rotate: -13deg; } }
@media (prefers-reduced-motion: reduce) { .ringing svg { animation: none; } }
`;

let made;

/** One sheet for all bells of a page; adopted rather than inline, it needs no leave of the site's CSP. */
export function sheet() {
  if (!made) {
    made = new CSSStyleSheet();
    made.replaceSync(CSS);
  }
  return made;
}
