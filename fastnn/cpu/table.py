"""The engine's tables: a row of whole numbers and one of reals a layer, and the job of one call.

The constants are places in those rows. Offsets are in elements; -1: there is no such thing.
"""

# a layer's whole numbers
FAN_IN = 0
FAN_OUT = 1
WEIGHTS = 2  # offset in the parameter buffer
BIAS = 3
LEARNT = 4  # offset of the activation's trainable parameters, in the parameter buffer
LEARNT_COUNT = 5
CONSTANTS = 6  # offset of the activation's other parameters, in the constants
ACTIVATION = 7  # address of the kernel; 0: the identity
ROW_BACKWARD = 8  # address of a row-wise activation's backward kernel; 0: the activation is elementwise
DROPOUT = 9  # a unit is dropped where its 32-bit draw is below; 0: no dropout
OUTPUT = 10  # offset of the layer's output in the workspace, rows x FAN_OUT
DERIVATIVE = 11  # of the activation's derivative (of its argument, where it is row-wise)
DELTA = 12  # of dL/dZ
LEARNT_DERIVATIVES = 13  # of LEARNT_COUNT planes
BLOCKS = 14  # first of the layer's places in the partial sums of squares: weights, then bias, then learnt
FLAGS = 15
LAYER_COLUMNS = 16

# bits of FLAGS: which segments are trained, and which are spared weight decay
TRAIN_WEIGHTS, TRAIN_BIAS, TRAIN_LEARNT = 1, 2, 4
KEEP_WEIGHTS, KEEP_BIAS, KEEP_LEARNT = 8, 16, 32

# a layer's reals
DROPOUT_SCALE = 0
L1 = 1
L2 = 2
REAL_COLUMNS = 3

# the job
UPDATE = 0  # 1: train; 0: leave the gradients of the batch
SAMPLES = 1
BATCH = 2
FIRST_STEP = 3  # of this call, within the epoch
LAST_STEP = 4
STEPS_BEFORE = 5  # of all epochs before: the optimizer's clock
SEED = 6
EPOCH = 7
SHUFFLE = 8
ROWS = 9  # rows of a batch that are worked on at a time
TARGETS = 10  # numbers a sample in the targets
LOSS_ROWWISE = 11  # the loss is a mean over rows, not over elements
LOSS = 12  # address of the kernel; 0: no loss is wanted
RULE = 13  # address of the optimizer's kernel
SCALARS = 14  # address of the kernel of its per-step scalars; 0: there are none
RELAX = 15  # address of the function that yields the core
NORM = 16  # 0: not wanted; 1: measured; 2: and clipped
BLOCK_COUNT = 17  # places in the partial sums of squares
STRIDE = 18  # between the state's planes
HYPER_STRIDE = 19  # between the hyperparameters with and without weight decay
LOSS_CONSTANTS = 20  # offset in the constants
LOSS_WORK = 21  # offset in the workspace, rows x outputs
GATHERED = 22  # offset of the gathered samples
GATHERED_TARGETS = 23
WORKSPACE = 24  # elements of the workspace: of all members, or of each when evaluating
PRODUCT = 25  # address of the product
JOB_PLACES = 26

W_GRAIN = 16  # rows of dW, and numbers of a bias, are shared out in multiples of this


def blocks_of(n):
    """Blocks of W_GRAIN rows."""
    return (n + W_GRAIN - 1) // W_GRAIN
