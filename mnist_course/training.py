"""Train a network on the batches of a reader, and use it: batches -> a model."""

import numpy as np

from mnist_course.model import paddle


def squared_error(predictions, labels):
    """Return the mean of the squared differences.

    Parameters
    ----------
    predictions, labels : paddle.Tensor
        float32, of equal shape. Shapes that differ are refused, because Paddle
        would broadcast ``[B, 1]`` against ``[B]`` to ``[B, B]``, and a network
        learns nothing from that.

    Returns
    -------
    paddle.Tensor
        A single number.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    expected, found = list(predictions.shape), list(labels.shape)
    if found != expected:
        raise ValueError(
            f"squared_error: expected labels of the predictions' shape {expected}, "
            f"found {found}. Reshape the labels."
        )
    return ((predictions - labels) ** 2).mean()


def train(model, reader, *, loss=squared_error, epochs=1, learning_rate=0.001, log_every=200):
    """Train `model` by stochastic gradient descent.

    Parameters
    ----------
    model : paddle.nn.Layer
        Its parameters are changed in place.
    reader : callable
        Called without arguments, it starts an epoch and yields ``(images, labels)``.
    loss : callable
        Takes the model's outputs and the labels and returns a single number.
    epochs : int
        How often to go through the data.
    learning_rate : float
        Step size of the optimizer ``paddle.optimizer.SGD``.
    log_every : int
        Print the loss of each batch whose number is divisible by this; 0 prints nothing.

    Returns
    -------
    list of float
        The loss of every batch, before its step.

    Examples
    --------
    >>> from mnist_course import load_data
    >>> from mnist_course.model import linear_network
    >>> from mnist_course.training import train
    >>> losses = train(linear_network(seed=0), load_data("valid"), log_every=50)
    epoch 0, batch 0, loss 37.08
    epoch 0, batch 50, loss 6.56
    """
    optimizer = paddle.optimizer.SGD(learning_rate, parameters=model.parameters())
    model.train()
    losses = []
    for epoch in range(epochs):
        for batch, (images, labels) in enumerate(reader()):
            value = loss(model(paddle.to_tensor(images)), paddle.to_tensor(labels))
            value.backward()
            optimizer.step()
            optimizer.clear_grad()
            losses.append(float(value))
            if log_every and batch % log_every == 0:
                print(f"epoch {epoch}, batch {batch}, loss {losses[-1]:.2f}")
    return losses


def predict(model, reader):
    """Return what `model` makes of an epoch of `reader`, and the labels beside it.

    Parameters
    ----------
    model : paddle.nn.Layer
        Its parameters are only read; it stays in evaluation mode.
    reader : callable
        Called without arguments, it starts an epoch and yields ``(images, labels)``.

    Returns
    -------
    outputs : numpy.ndarray
        float32 ``[N, K]``, K numbers for each of the N samples of the epoch.
    labels : numpy.ndarray
        float32 ``[N, 1]``, in the same order.
    """
    model.eval()
    outputs, all_labels = [], []
    with paddle.no_grad():
        for images, labels in reader():
            outputs.append(model(paddle.to_tensor(images)).numpy())
            all_labels.append(labels)
    return np.concatenate(outputs), np.concatenate(all_labels)
