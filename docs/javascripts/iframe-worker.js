// Browsers start no worker from file://. There, run the worker of the search in a hidden frame instead.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      const frame = document.createElement("iframe")
      frame.hidden = true
      document.body.append(frame)
      const worker = frame.contentWindow
      worker.document.open()
      worker.document.write(`<body><script>
        postMessage = (message) => parent.postMessage(message, "*")
        importScripts = (...urls) => urls.reduce((before, url) => before.then(() => new Promise((resolve) => {
          document.body.append(Object.assign(document.createElement("script"), { src: url, onload: resolve }))
        })), Promise.resolve())
      <\/script><script src="${url}"><\/script>`)
      worker.document.close()
      this.loaded = new Promise((resolve) => { worker.onload = () => resolve(worker) })
      this.terminate = () => frame.remove()
      window.addEventListener("message", (event) => {
        if (event.source === worker) this.dispatchEvent(new MessageEvent("message", { data: event.data }))
      })
    }

    postMessage(data) {
      this.loaded.then((worker) => worker.dispatchEvent(new MessageEvent("message", { data })))
    }
  }
}
