export default function Page() {
  return <main>Ring from a terminal: <code>belfry send --user alice --title Hello</code></main>;
}
