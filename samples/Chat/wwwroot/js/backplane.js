// The panel that shows the state of this server's backplane. It polls by plain HTTP, because messages from a server go
// through the backplane, which carries none while Redis is unavailable.

import { byId } from './dom.js';

const interval = 1000;
const minute = 60;
const patience = 5000;

// If Redis has lost its memory, ids restart far above: no server sends that many messages in a second.
const leap = 1_000_000;

const samples = [];
let last = null;

export function watchBackplane(actions) {
  byId('stop-redis').addEventListener('click', actions.stopRedis);
  look();
}

export function showThereAndBack(milliseconds) {
  byId('backplane-there-and-back').textContent = `${Math.max(1, milliseconds).toLocaleString('en')} ms`;
}

async function look() {
  try {
    const response = await fetch('backplane', { cache: 'no-store', signal: AbortSignal.timeout(patience) });
    if (!response.ok) {
      throw new Error(response.statusText);
    }

    show(await response.json());
  } catch {
    // The server itself is not reachable. The head of the page says so.
    byId('backplane').dataset.redis = 'unknown';
    showState('This server does not answer', '');
    last = null;
  } finally {
    setTimeout(look, interval);
  }
}

function show(now) {
  const at = performance.now();
  const rate = last ? rateOf(last, now, (at - last.at) / 1000) : 0;
  last = { ...now, at };
  samples.push({ rate, away: !now.connected });
  samples.splice(0, samples.length - minute);

  byId('backplane').dataset.redis = now.connected ? 'there' : 'away';
  showState(stateOf(now), sinceOf(now));
  byId('backplane-rate').textContent = rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en');
  byId('backplane-ids').textContent = now.lastIds.join(', ');
  byId('backplane-stored').textContent = now.storedMilliseconds === null ? '–' : `${now.storedMilliseconds.toFixed(1)} ms`;
  byId('backplane-waiting').textContent = String(now.waiting);
  byId('backplane-replayed').textContent = now.gapsFilled > 0 ? `${now.replayed} in ${times(now.gapsFilled)}` : '0';
  byId('backplane-lost').textContent = String(now.lost);
  byId('stop-redis').hidden = !now.canStopRedis;
  byId('stop-redis').disabled = !now.connected;
  draw();
}

// A screen reader speaks the state whenever its text is set, so that is done only if it changes. What changes each
// second is in an element that it does not speak.
function showState(state, since) {
  if (byId('backplane-state').textContent !== state) {
    byId('backplane-state').textContent = state;
  }

  byId('backplane-since').textContent = since;
}

function stateOf({ connected, reconnects }) {
  if (!connected) {
    return 'Redis is away';
  }

  return reconnects > 0 ? 'Redis is back' : 'Redis is there';
}

function sinceOf({ connected, secondsSince, waiting }) {
  const time = `for ${duration(secondsSince)}`;
  return connected ? time : `${time}; ${waiting === 1 ? '1 message waits' : `${waiting} messages wait`}`;
}

function rateOf(before, now, seconds) {
  const messages = now.lastIds
    .map((id, stream) => id - (before.lastIds[stream] ?? 0))
    .filter(more => more > 0 && more < leap)
    .reduce((sum, more) => sum + more, 0);
  return messages / seconds;
}

function draw() {
  const highest = Math.max(1, ...samples.map(sample => sample.rate));
  const x = i => minute - samples.length + i;
  byId('backplane-line').setAttribute(
    'points', samples.map(({ rate }, i) => `${x(i)},${(19 - 18 * rate / highest).toFixed(2)}`).join(' '));
  byId('backplane-away').replaceChildren(...samples.flatMap(({ away }, i) => away ? [column(x(i))] : []));
}

function column(x) {
  const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  for (const [name, value] of Object.entries({ x: x - 1, y: 0, width: 1, height: 20 })) {
    rect.setAttribute(name, value);
  }

  return rect;
}

const times = number => (number === 1 ? '1 go' : `${number} goes`);

function duration(seconds) {
  return seconds < 120 ? `${Math.round(seconds)} s` : seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
