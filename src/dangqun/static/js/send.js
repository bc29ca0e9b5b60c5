// Sends a form's content and tells how far it is (fetch cannot); the answer comes whatever became of it, status 0 without a network.
export function send(address, data, progress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", ({ loaded, total }) => progress?.(loaded / total));
    request.addEventListener("loadend", () => resolve(request));
    request.open("POST", address);
    request.send(data);
  });
}
