// The head of the conversation: its name, the server of this window, and the state of the connection.

import { byId } from './dom.js';
import { findPerson, people, roomCounts } from './model.js';

const transports = {
  webSockets: 'WebSockets',
  serverSentEvents: 'server-sent events',
  foreverFrame: 'forever frame',
  longPolling: 'long polling',
};
const words = { connecting: 'Connecting', connected: 'Connected', reconnecting: 'Reconnecting', disconnected: 'Disconnected' };

export function showHead(model) {
  const talk = model.talks.get(model.open);
  byId('talk-title').textContent = talk.kind === 'room' ? `# ${talk.title}` : talk.title;
  byId('talk-note').textContent = noteOf(model, talk);
  byId('leave-room').hidden = talk.kind !== 'room';
  byId('server-badge').textContent = `Server ${model.me.server ?? window.location.port}`;

  const unread = [...model.talks.values()].reduce((sum, other) => sum + other.unread, 0);
  document.title = `${unread > 0 ? `(${unread}) ` : ''}${talk.title} – server ${model.me.server ?? window.location.port}`;
}

function noteOf(model, talk) {
  if (model.me.server === null) {
    return '';
  }

  if (talk.kind === 'person') {
    const person = findPerson(model, talk.to);
    return person ? `Only the two of you; they are on server ${person.server}` : 'They are no longer here';
  }

  if (talk.kind === 'room') {
    return `${count(roomCounts(model).get(talk.to) ?? 0, 'person', 'people')} in this room`;
  }

  return `${count([...people(model.servers)].length, 'person', 'people')} on ${count(model.servers.length, 'server', 'servers')}`;
}

const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

export function showState(state, transport) {
  byId('state').dataset.state = state;
  document.body.dataset.state = state;
  byId('state').title = state === 'connected' && transports[transport] ? `Connected over ${transports[transport]}` : '';
  byId('state-text').textContent = words[state];
}

let countdown = null;

/** Says what is wrong, and when the next attempt will be made. */
export function showTrouble(state, retryInSeconds, problem = null) {
  clearInterval(countdown);
  const text = byId('trouble-text');
  if (state === 'connecting' && !byId('trouble').hidden) {
    text.textContent = 'Trying again…';
    return;
  }

  byId('trouble').hidden = state === 'connected' || state === 'connecting';
  byId('trouble').dataset.state = state;
  byId('retry').hidden = retryInSeconds === null;
  if (state === 'reconnecting') {
    text.textContent = 'The connection is interrupted. It comes back by itself; what is said meanwhile will follow.';
  } else if (state === 'disconnected') {
    let left = retryInSeconds;
    const say = () => { text.textContent = problem ?? `The server does not answer. Trying again ${left > 0 ? `in ${left} s` : 'now'}.`; };
    say();
    countdown = setInterval(() => {
      left -= 1;
      say();
      if (left <= 0) {
        clearInterval(countdown);
      }
    }, 1000);
  }
}
