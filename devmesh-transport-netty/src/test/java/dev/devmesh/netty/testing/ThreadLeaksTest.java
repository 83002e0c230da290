package dev.devmesh.netty.testing;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ThreadLeaksTest {

    @Test
    void aThreadThatOutlivesItsMeshFailsTheTest() throws InterruptedException {
        CountDownLatch end = new CountDownLatch(1);
        ThreadLeaks.meshStarts();
        Thread left = new Thread(
                () -> {
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "devmesh-left-behind");
        left.start();

        assertThatThrownBy(ThreadLeaks::meshEnded)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("devmesh-left-behind");

        end.countDown();
        left.join();
    }
}
