"""The networks of the course: one fully connected layer, and two."""

import warnings

with warnings.catch_warnings():
    # Only who compiles extensions needs ccache; readers need not hear of it.
    warnings.filterwarnings("ignore", message="No ccache found")
    import paddle

from mnist_course.dataset import PIXELS


def linear_network(outputs=1, seed=None):
    """Make a network of one fully connected layer, from 784 pixels to `outputs` numbers.

    Parameters
    ----------
    outputs : int
        1 to predict the digit as a number, 10 for a score per digit.
    seed : int, optional
        With a seed, the layer starts with the same weights each time. It seeds
        Paddle as a whole (``paddle.seed``).

    Returns
    -------
    paddle.nn.Layer
        It takes float32 ``[B, 1, 28, 28]`` and gives float32 ``[B, outputs]``.

    Examples
    --------
    >>> import paddle
    >>> from mnist_course.model import linear_network
    >>> list(linear_network(outputs=10)(paddle.zeros([64, 1, 28, 28])).shape)
    [64, 10]
    """
    if seed is not None:
        paddle.seed(seed)
    return paddle.nn.Sequential(paddle.nn.Flatten(), paddle.nn.Linear(PIXELS, outputs))


def hidden_network(seed=None):
    """Make a network with a hidden layer: 784 pixels, 64 numbers, a score per digit.

    Parameters
    ----------
    seed : int, optional
        As for `linear_network`.

    Returns
    -------
    paddle.nn.Layer
        It takes float32 ``[B, 1, 28, 28]`` and gives float32 ``[B, 10]``.

    Examples
    --------
    >>> import paddle
    >>> from mnist_course.model import hidden_network
    >>> list(hidden_network()(paddle.zeros([64, 1, 28, 28])).shape)
    [64, 10]
    """
    if seed is not None:
        paddle.seed(seed)
    return paddle.nn.Sequential(
        paddle.nn.Flatten(),
        paddle.nn.Linear(PIXELS, 64),
        paddle.nn.ReLU(),
        paddle.nn.Linear(64, 10),
    )
