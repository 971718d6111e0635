// Uses one JavaScript client in every way that the test knows, and lists what it saw. The title is the step.
(function () {
  'use strict';

  const parameters = new URLSearchParams(location.search);
  const group = parameters.get('group');
  const connection = $.hubConnection('/signalr', { useDefaultPath: false });
  const hub = connection.createHubProxy('scripted');
  const heard = new Map();

  function see(what) {
    const item = document.createElement('li');
    item.textContent = what;
    document.querySelector('ol').appendChild(item);
  }

  // Resolves with the next message with this text, also if it came before.
  function hears(text) {
    if (!heard.has(text)) {
      let settle;
      const promise = new Promise(resolve => { settle = resolve; });
      heard.set(text, { promise, settle });
    }
    return heard.get(text);
  }

  // jQuery's promises give progress, native ones do not.
  function call(method, ...values) {
    return new Promise((resolve, reject) => hub.invoke(method, ...values)
      .progress(step => see(`progress ${step}`))
      .done(resolve)
      .fail(reject));
  }

  hub.on('received', text => hears(text).settle());
  connection.reconnectDelay = 100;
  connection.reconnecting(() => see('reconnecting'));
  const reconnected = new Promise(resolve => connection.reconnected(() => { see('reconnected'); resolve(); }));
  const disconnected = new Promise(resolve => connection.disconnected(() => { see('disconnected'); resolve(); }));

  async function run() {
    await connection.start({ transport: parameters.get('transport') });
    see(`started ${connection.transport.name}`);

    see(`result ${await call('greet', 'Ada')}`);
    await call('refuse').then(
      () => see('no error'),
      error => see(`error ${error.message} ${JSON.stringify(error.data)} ${error.source}`));
    see(`result ${await call('work', 3)}`);
    hub.state.count = 41;
    await call('countUp');
    see(`state ${hub.state.count}`);

    await call('broadcast', `${group} all`);
    await hears(`${group} all`).promise;
    see('broadcast');
    await call('join', group);
    await call('sendToGroup', group, `${group} group`);
    await hears(`${group} group`).promise;
    see('group');

    document.title = 'cut';
    await reconnected;
    await call('sendToGroup', group, `${group} later`);
    await hears(`${group} later`).promise;
    see('group after the cut');

    connection.stop();
    await disconnected;
  }

  run().catch(error => see(`failed: ${error}`)).then(() => { document.title = 'done'; });
})();
