// The chat's page. It connects the connection, the model and the views.

import { showThereAndBack, watchBackplane } from './backplane.js';
import { openConnection } from './connection.js';
import { byId, hueOf } from './dom.js';
import { addMessage, changes, everyone, findPending, findPerson, keyOf, people, talkWith, createModel } from './model.js';
import { loadScripts } from './scripts.js';
import { pulse, showFarm, showRedis } from './farm.js';
import { showMe, showSide, watchSide, closeSide } from './side.js';
import { showHead, showState, showTrouble } from './head.js';
import { appendMessage, removeMessage, showMessages, watchMessages } from './messages.js';
import { showComposer, watchComposer } from './composer.js';
import { askName } from './welcome.js';

const model = createModel();
const entering = new Set();
const joinAgainAfter = 3000;
let joins = 0;
let joinFailed = false;
const remembered = name => JSON.parse(sessionStorage.getItem(name) ?? 'null');
const remember = (name, value) => sessionStorage.setItem(name, JSON.stringify(value));
let connection = null;

function showAll() {
  showMe(model);
  showSide(model, actions);
  showFarm(model, actions);
  showHead(model);
  showComposer(model);
}

const actions = {
  open(key) {
    model.open = key;
    const talk = model.talks.get(key);
    talk.unread = 0;
    closeSide();
    showAll();
    showMessages(model, actions);
  },

  openPerson(id) {
    const person = findPerson(model, id);
    if (person && id !== model.me.id) {
      actions.open(talkWith(model, 'person', id, person.name).key);
    }
  },

  async enterRoom(name) {
    if (!isConnected()) {
      return;
    }

    entering.add(name.trim());
    try {
      const room = await connection.enterRoom(name);
      const talk = talkWith(model, 'room', room, room);
      talk.joined = true;
      rememberRooms();
      actions.open(talk.key);
    } catch (error) {
      note(model.talks.get(model.open), error.message, 'problem');
    } finally {
      entering.delete(name.trim());
    }
  },

  async leaveRoom() {
    if (!isConnected()) {
      return;
    }

    const talk = model.talks.get(model.open);
    talk.joined = false;
    model.talks.delete(talk.key);
    rememberRooms();
    actions.open(everyone);
    await connection.leaveRoom(talk.to).catch(error => note(model.talks.get(everyone), error.message, 'problem'));
  },

  send(text) {
    const talk = model.talks.get(model.open);
    const { id, name, server } = model.me;
    deliver(talk, { kind: 'text', id, name, text, server, at: Date.now(), mine: true, pending: true, failed: null });
  },

  sendAgain(message) {
    const talk = model.talks.get(model.open);
    drop(talk, message);
    deliver(talk, { ...message, id: model.me.id, at: Date.now(), pending: true, failed: null });
  },

  async rename() {
    const name = await askName(model.me.name, model.me.server ?? window.location.port, true);
    if (name !== model.me.name) {
      model.me.name = name;
      remember('name', name);
      showMe(model);
      // Without a connection, the new name is sent when there is one again.
      if (model.state === 'connected') {
        await join();
      }
    }
  },

  retry: () => connection.startNow(),

  stopRedis: () => connection.stopRedis().catch(error => note(model.talks.get(model.open), error.message, 'problem')),
};

function isConnected() {
  if (model.state !== 'connected') {
    note(model.talks.get(model.open), 'There is no connection at the moment. The page connects again; then try again.', 'problem');
  }

  return model.state === 'connected';
}

function rememberRooms() {
  remember('rooms', [...model.talks.values()].filter(talk => talk.kind === 'room' && talk.joined).map(talk => talk.to));
}

// A message can arrive before the answer to the call that enters its room. After a reload, rooms are entered again.
const isInRoom = name =>
  model.talks.get(keyOf('room', name))?.joined || entering.has(name) || (remembered('rooms') ?? []).includes(name);

function add(talk, message) {
  const forgotten = addMessage(talk, message);
  if (talk.key !== model.open) {
    talk.unread += message.kind === 'text' ? 1 : 0;
    return;
  }

  if (forgotten) {
    removeMessage(forgotten);
  }

  appendMessage(model, message, actions);
}

function drop(talk, message) {
  talk.messages = talk.messages.filter(other => other !== message);
  removeMessage(message);
}

const note = (talk, text, kind = 'notice', server = null) => add(talk, { kind, text, server, at: Date.now() });

/** Shows my message at once, faintly, until it comes back over the backplane as everybody else receives it. */
async function deliver(talk, message) {
  add(talk, message);
  try {
    await connection.send(talk, model.me.name, message.text);
  } catch (error) {
    if (message.pending) {
      // Only a refusal of the hub is certain. Without an answer, the message may arrive all the same.
      const failed = `${error.source === 'HubException' ? 'Not sent.' : 'Perhaps not sent.'} ${error.message}`;
      drop(talk, message);
      add(talk, { ...message, pending: false, failed });
    }
  }
}

const handlers = {
  stateChanged(state, retryInSeconds) {
    model.state = state;
    showState(state, connection?.transport ?? '');
    showTrouble(state, retryInSeconds);
    showComposer(model);
  },

  connected() {
    model.me.id = connection.id;
    if (model.me.name) {
      join();
    }
  },

  message(kind, where, name, text, origin) {
    if (kind === 'room' && !isInRoom(where)) {
      // It was on its way when this window left the room.
      return;
    }

    const from = origin ?? { id: null, server: null, at: Date.now() };
    const mine = from.id !== null && from.id === model.me.id;
    const talk = kind === 'person' && !mine
      ? talkWith(model, 'person', from.id, name)
      : talkWith(model, kind, where, where);
    const pending = mine ? findPending(talk, text) : null;
    if (pending) {
      showThereAndBack(Date.now() - pending.at);
      pending.pending = false;
      drop(talk, pending);
    }

    add(talk, { kind: 'text', id: from.id, name, text, server: from.server, at: from.at, mine, pending: false, failed: null });
    pulse(from.server);
    showSide(model, actions);
    showHead(model);
  },

  presence(servers) {
    const known = model.servers;
    model.servers = servers;
    for (const talk of model.talks.values()) {
      talk.title = talk.kind === 'person' ? findPerson(model, talk.to)?.name ?? talk.title : talk.title;
    }

    if (known.length > 0) {
      for (const { text, server } of changes(known, servers, model.me.id)) {
        note(model.talks.get(everyone), text, 'notice', server);
      }
    }

    showAll();
  },
};

async function join() {
  joins += 1;
  const turn = joins;
  const again = model.me.server !== null;
  try {
    const welcome = await connection.join(model.me.name, remembered('rooms') ?? []);
    joinFailed = false;
    model.me.id = connection.id;
    model.me.server = welcome.server;
    document.body.dataset.hue = hueOf(welcome.server);
    for (const room of [...people(welcome.presence)].find(person => person.id === model.me.id)?.rooms ?? []) {
      talkWith(model, 'room', room, room).joined = true;
    }

    showRedis(welcome.redis, welcome.app);
    handlers.presence(welcome.presence);
    if (!again) {
      showMessages(model, actions);
    }
  } catch (error) {
    if (turn !== joins) {
      return;
    }

    // The hub refuses a name or a room again. Anything else passes, such as an outage of Redis that lasts longer than
    // the server waits; one line about it is enough.
    const passes = error.source !== 'HubException';
    if (!passes || !joinFailed) {
      note(model.talks.get(everyone), error.message, 'problem');
    }

    joinFailed = passes;
    if (passes) {
      setTimeout(() => joinAgain(turn), joinAgainAfter);
    }
  }
}

// A new connection joins by itself, and so does a new name.
function joinAgain(turn) {
  if (turn === joins && model.state === 'connected') {
    join();
  }
}

async function begin() {
  watchSide(actions);
  watchMessages();
  watchComposer(model, actions);
  byId('leave-room').addEventListener('click', actions.leaveRoom);
  byId('retry').addEventListener('click', actions.retry);
  watchBackplane(actions);
  // Until the welcome comes, the server's name is its port.
  const port = window.location.port;
  document.body.dataset.hue = hueOf(port);
  showAll();
  showMessages(model, actions);

  try {
    connection = openConnection(await loadScripts(), handlers);
  } catch (error) {
    model.state = 'disconnected';
    showState('disconnected', '');
    showTrouble('disconnected', null, `${error.message} Is there a network? Reload the page to try again.`);
    return;
  }

  model.me.name = remembered('name') ?? await askName(null, port, false);
  remember('name', model.me.name);
  showMe(model);
  if (model.state === 'connected') {
    await join();
  }
}

begin();
