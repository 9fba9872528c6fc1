/* A machine with two GPUs behind NVML's own C interface, for the real binding to load where there is no GPU. Layouts and
 * return codes are those of nvml.h; what the GPUs say is set by `set`, and `happen` makes an XID event. */
#include <stdlib.h>
#include <string.h>

enum { OK = 0, NOT_SUPPORTED = 3, TIMED_OUT = 10, NOT_FOUND = 6, BAD_VERSION = 25, GPUS = 2, SLICES = 2, QUEUE = 8 };
typedef unsigned long long u64;
typedef struct { unsigned id, size; double busy; } slice;
typedef struct {
    const char *uuid;
    double power, energy, clock, used, busy, gr, sm, tensor, error, gpm, mig, recovery;
    slice slices[SLICES];
} gpu;
typedef struct { double gr, sm, tensor; } gpm_sample;

static gpu gpus[GPUS] = {
    {"GPU-aaaaaaaa-1111-2222-3333-444444444444", 612345, 5000000000123.0, 1980, 70368744177664.0 / 1024, 93, .973, .81, .44, 0, 1, 0, 0,
     {{2, 3, .9}, {3, 2, .5}}},
    {"GPU-bbbbbbbb-1111-2222-3333-444444444444", 100500, 42.0, 1410, 0, 55, 0, 0, 0, 0, 0, 0, 0, {{0, 0, 0}}},
};
static struct { gpu *device; u64 xid; } events[QUEUE];
static int waiting;
int gpm_live, init_error, started; /* what tests look at */

void set(int at, const char *what, double value) {
    gpu *g = &gpus[at];
    const char *names[] = {"power", "energy", "clock", "used", "busy", "gr", "sm", "tensor", "error", "gpm", "mig", "recovery"};
    double *places[] = {&g->power, &g->energy, &g->clock, &g->used, &g->busy, &g->gr, &g->sm, &g->tensor, &g->error, &g->gpm, &g->mig, &g->recovery};
    for (int i = 0; i < 12; i++)
        if (!strcmp(names[i], what)) *places[i] = value;
}
void happen(int at, u64 xid) { events[waiting].device = &gpus[at]; events[waiting++].xid = xid; }

#define READ(handle) gpu *g = handle; if (g->error) return (int)g->error
int nvmlInitWithFlags(unsigned flags) { (void)flags; started += !init_error; return init_error; }
int nvmlShutdown(void) { started--; return OK; }
const char *nvmlErrorString(int code) { (void)code; return "as the test wants it"; }
int nvmlSystemGetDriverVersion(char *out, unsigned size) { strncpy(out, "570.86.15", size); return OK; }
int nvmlDeviceGetCount_v2(unsigned *out) { *out = GPUS; return OK; }
int nvmlDeviceGetHandleByIndex_v2(unsigned at, gpu **out) { *out = &gpus[at]; return (int)gpus[at].error; }
int nvmlDeviceGetUUID(gpu *g, char *out, unsigned size) { strncpy(out, g->uuid, size); return OK; }
int nvmlDeviceGetName(gpu *g, char *out, unsigned size) { (void)g; strncpy(out, "NVIDIA H100 80GB HBM3", size); return OK; }
int nvmlDeviceGetPowerUsage(gpu *h, unsigned *out) { READ(h); *out = (unsigned)g->power; return OK; }
int nvmlDeviceGetTotalEnergyConsumption(gpu *h, u64 *out) { READ(h); *out = (u64)g->energy; return OK; }
int nvmlDeviceGetClockInfo(gpu *h, int type, unsigned *out) { READ(h); *out = type == 1 ? (unsigned)g->clock : 1; return OK; }
int nvmlDeviceGetMemoryInfo_v2(gpu *h, struct { unsigned version; u64 total, reserved, free, used; } *out) {
    READ(h);
    if (out->version != 0x02000028) return BAD_VERSION;
    out->total = 85520809984ull, out->reserved = 657457152ull, out->free = 0, out->used = (u64)g->used;
    return OK;
}
int nvmlDeviceGetUtilizationRates(gpu *h, struct { unsigned gpu, memory; } *out) {
    READ(h);
    if (g->mig) return NOT_SUPPORTED;
    out->gpu = (unsigned)g->busy, out->memory = 7;
    return OK;
}
int nvmlDeviceGetFieldValues(gpu *h, int count, struct { unsigned id, scope; long long at, latency; int type, ret; union { unsigned ui; u64 ull; } value; } *out) {
    READ(h);
    for (int i = 0; i < count; i++) out[i].ret = out[i].id == 230 ? OK : NOT_SUPPORTED, out[i].value.ui = (unsigned)g->recovery;
    return OK;
}
int nvmlEventSetCreate(void **out) { *out = events; return OK; }
int nvmlEventSetFree(void *set) { (void)set; return OK; }
int nvmlDeviceRegisterEvents(gpu *g, u64 types, void *set) { (void)g; (void)set; return types == 8 ? OK : NOT_SUPPORTED; }
int nvmlEventSetWait_v2(void *set, struct { gpu *device; u64 type, data; unsigned gi, ci; } *out, unsigned ms) {
    (void)set, (void)ms;
    if (!waiting) return TIMED_OUT;
    out->device = events[--waiting].device, out->type = 8, out->data = events[waiting].xid;
    return OK;
}
int nvmlDeviceGetMigMode(gpu *h, unsigned *now, unsigned *pending) { READ(h); *now = *pending = (unsigned)g->mig; return OK; }
int nvmlDeviceGetMaxMigDeviceCount(gpu *h, unsigned *out) { READ(h); *out = 7; return OK; }
int nvmlDeviceGetMigDeviceHandleByIndex(gpu *g, unsigned at, slice **out) {
    if (at >= SLICES) return NOT_FOUND;
    *out = &g->slices[at];
    return OK;
}
int nvmlDeviceGetGpuInstanceId(slice *s, unsigned *out) { *out = s->id; return OK; }
int nvmlDeviceGetAttributes_v2(slice *s, struct { unsigned sms, copy, dec, enc, jpeg, ofa, gpu_slices, compute_slices; u64 mb; } *out) {
    out->gpu_slices = out->compute_slices = s->size;
    return OK;
}
int nvmlGpmQueryDeviceSupport(gpu *g, struct { unsigned version, is; } *out) { out->is = (unsigned)g->gpm; return OK; }
int nvmlGpmSampleAlloc(gpm_sample **out) { *out = calloc(1, sizeof **out); gpm_live++; return OK; }
int nvmlGpmSampleFree(gpm_sample *s) { free(s); gpm_live--; return OK; }
int nvmlGpmSampleGet(gpu *h, gpm_sample *s) { READ(h); s->gr = g->gr, s->sm = g->sm, s->tensor = g->tensor; return OK; }
int nvmlGpmMigSampleGet(gpu *h, unsigned id, gpm_sample *s) {
    READ(h);
    for (int i = 0; i < SLICES; i++)
        if (g->slices[i].id == id) s->gr = g->slices[i].busy;
    return OK;
}
int nvmlGpmMetricsGet(struct { unsigned version, count; gpm_sample *first, *second; struct { unsigned id; int ret; double value; char *texts[3]; } metrics[]; } *io) {
    if (io->version != 1 || !io->first || !io->second) return BAD_VERSION;
    for (unsigned i = 0; i < io->count; i++) {
        unsigned id = io->metrics[i].id;
        io->metrics[i].ret = OK;
        io->metrics[i].value = 100 * (id == 1 ? io->second->gr : id == 2 ? io->second->sm : io->second->tensor);
    }
    return OK;
}
