"""torchvision's own networks, as it builds them: their state dicts, and what they compute.

    python3 torchvision_reference.py {mobilenet_v2,resnet18,resnet50} FOLDER

writes into FOLDER weights.pth (the state dict with its classifier, as torchvision's downloads are) and reference.pt
(input and pooled features by the running statistics). Nothing of this project is asked for names or shapes.
"""

import sys

import torch
import torchvision

name, folder = sys.argv[1:]
torch.manual_seed(3)
model = getattr(torchvision.models, name)(weights=None).double().eval()
for module in model.modules():
    if isinstance(module, torch.nn.BatchNorm2d):
        # Untrained ones are 0 and 1, where a mix-up would not show.
        module.weight.data.uniform_(0.5, 1.5)
        module.bias.data.uniform_(-0.5, 0.5)
        module.running_mean.uniform_(-0.5, 0.5)
        module.running_var.uniform_(0.5, 1.5)
x = torch.randn(2, 3, 64, 64, dtype=torch.double)
pooled = []
last = model.classifier if name == "mobilenet_v2" else model.fc
last.register_forward_hook(lambda module, inputs, output: pooled.append(inputs[0]))
with torch.no_grad():
    model(x)
torch.save({key: value.float() if value.is_floating_point() else value for key, value in model.state_dict().items()},
           f"{folder}/weights.pth")
torch.save({"input": x.float().contiguous(), "features": pooled[0].float().contiguous()}, f"{folder}/reference.pt")
