// Loads jQuery and SignalR's client from lib/, into which the build puts the npm packages. If the build could not, they
// come from a public CDN that serves the same files; the hashes are those of the packages.

const packages = [
  {
    local: 'lib/jquery.min.js',
    remote: 'https://cdn.jsdelivr.net/npm/jquery@3.7.1/dist/jquery.min.js',
    hash: 'sha384-1H217gwSVyLSIfaLxHbE7dRb3v4mYCKbpQvzx0cegeju1MVsGrX5xXxAvs/HgeFs',
  },
  {
    local: 'lib/jquery.signalR.min.js',
    remote: 'https://cdn.jsdelivr.net/npm/signalr@2.4.3/jquery.signalR.min.js',
    hash: 'sha384-o1Y2edI9B1H/mb9XNY4XGeNdwY2u8aup8FE9Sxqiuq39Jxs3VzG+AEmklgBnc8WM',
  },
];

function load(source, hash) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    if (hash) {
      script.integrity = hash;
      script.crossOrigin = 'anonymous';
    }

    script.addEventListener('load', () => resolve());
    script.addEventListener('error', () => reject(new Error(`${source} could not be loaded.`)));
    script.src = source;
    document.head.append(script);
  });
}

/** Loads jQuery, SignalR and the proxies of the server's hubs one after another: each needs the one before it. */
export async function loadScripts() {
  for (const { local, remote, hash } of packages) {
    await load(local).catch(() => load(remote, hash));
  }

  await load('signalr/hubs');
  return window.jQuery.connection;
}
